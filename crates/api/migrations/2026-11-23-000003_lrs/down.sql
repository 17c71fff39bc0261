DROP TABLE lrs_documents, lrs_statements;
