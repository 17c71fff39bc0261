-- Paths are made on pages too, over days: a draft is nobody's business yet, and one that is archived takes nobody
-- new while those who are under way go on. What programs and folders put was always meant to be taken: published.
ALTER TABLE courses ADD COLUMN state text NOT NULL DEFAULT 'published' CHECK (state IN ('draft', 'published', 'archived'));
COMMENT ON COLUMN courses.state IS 'draft: nobody is enrolled yet. published: people may be enrolled. archived: nobody new is; those enrolled go on.';
