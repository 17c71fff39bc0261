//! Tables to take along: progress, hours and attendance as CSV or XLSX, read from the database page by page
//! as they are written.

use actix_web::{
    HttpResponse,
    http::header,
    web::{self, Bytes},
};
use chrono::NaiveDate;
use futures_util::stream;
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook, Worksheet, XlsxError};
use tokio::{io::AsyncReadExt, sync::mpsc};
use uuid::Uuid;

use super::{
    finish,
    format::{day, decimal_hours},
    hours::Query as HoursQuery,
    scope::{Asked, Scope},
};
use crate::{
    app::App,
    db::{
        self,
        paths::hours,
        reports::{
            attendance,
            outline::{self, Step},
            people::{self, Filter},
        },
    },
    pages::{visitor::Visitor, words::Language},
    problem::{Problem, Result},
};

/// People read from the database at a time.
const PAGE: i64 = 500;
/// Bytes of a finished workbook sent at a time.
const PIECE_BYTES: usize = 64 * 1024;
/// The media type of XLSX.
const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// A cell.
#[derive(Debug, Clone, PartialEq)]
enum Cell {
    Text(String),
    Number(i64),
    /// Minutes, shown as hours.
    Hours(i64),
    Day(Option<NaiveDate>),
}

impl Cell {
    fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }
}

/// Which table, read as far as it was.
enum Table {
    Progress(Vec<Step>),
    Hours(i32),
    Attendance,
}

/// Goes through the people of a scope.
struct Reader {
    app: App,
    language: Language,
    table: Table,
    filter: Filter,
    today: NaiveDate,
    over: bool,
}

pub(super) async fn file(
    app: web::Data<App>,
    visitor: Visitor,
    asked: web::Query<Asked>,
    query: web::Query<HoursQuery>,
    file: web::Path<String>,
) -> HttpResponse {
    let made = async {
        let scope = Scope::of(&app, &visitor, &asked).await?;
        let (name, kind) = file.split_once('.').unwrap_or((&file, ""));
        let course = scope.course.as_ref().map(|course| course.id);
        let table = match name {
            "progress" => Table::Progress(steps(&app, course).await?),
            "hours" => Table::Hours(query.year(&scope)),
            "attendance" => Table::Attendance,
            _ => return Err(Problem::NotFound(format!("there is no table `{name}`"))),
        };
        let reader = Reader {
            app: app.get_ref().clone(),
            language: visitor.language,
            table,
            filter: Filter {
                bodies: scope.bodies.clone(),
                course_id: course,
                ..Filter::default()
            },
            today: scope.today,
            over: false,
        };
        let named = format!(
            "attachment; filename=\"percorso-{name}-{}.{kind}\"",
            scope.today
        );
        let mut answer = HttpResponse::Ok();
        answer
            .insert_header((header::CONTENT_DISPOSITION, named))
            .insert_header((header::CACHE_CONTROL, "no-store"));
        match kind {
            "csv" => Ok(answer
                .content_type("text/csv; charset=utf-8")
                .streaming(csv(reader))),
            "xlsx" => {
                let file = workbook(reader).await?;
                Ok(answer.content_type(XLSX).streaming(sent(file)))
            }
            _ => Err(Problem::NotFound(format!(
                "tables are there as csv and xlsx, not as `{kind}`"
            ))),
        }
    };
    finish(&visitor, made.await)
}

async fn steps(app: &App, course: Option<Uuid>) -> Result<Vec<Step>> {
    match course {
        Some(course) => Ok(outline::of_course(&mut *app.db.get().await?, course).await?),
        None => Ok(Vec::new()),
    }
}

impl Reader {
    fn head(&self) -> Vec<String> {
        let keys: &[&str] = match self.table {
            Table::Progress(_) => &[
                "c_name",
                "email",
                "certificate_body",
                "c_state",
                "c_done_steps",
                "c_steps",
                "c_deadline",
                "c_completed_on",
                "c_last_seen",
                "c_credited_h",
                "c_attended_h",
                "c_active_h",
                "c_wall_h",
                "c_claimed_h",
            ],
            Table::Hours(_) => &[
                "c_name",
                "email",
                "certificate_body",
                "c_year",
                "c_done_steps",
                "c_credited_h",
                "c_attended_h",
                "c_active_h",
                "c_wall_h",
                "c_claimed_h",
            ],
            Table::Attendance => &[
                "c_name",
                "email",
                "certificate_body",
                "webinar",
                "c_day",
                "c_minutes",
                "c_state",
                "c_noted_on",
            ],
        };
        let mut head: Vec<String> = keys
            .iter()
            .map(|key| self.language.t(key).to_owned())
            .collect();
        if let Table::Progress(steps) = &self.table {
            head.extend(steps.iter().map(|step| step.title.clone()));
        }
        head
    }

    /// The next rows; `None` at the end.
    async fn rows(&mut self) -> Result<Option<Vec<Vec<Cell>>>> {
        if self.over {
            return Ok(None);
        }
        let app = self.app.clone();
        let mut conn = app.db.get().await?;
        let (rows, last, count) = match &self.table {
            Table::Hours(year) => self.hours(&mut conn, *year).await?,
            Table::Progress(steps) => self.progress(&mut conn, steps).await?,
            Table::Attendance => self.attendance(&mut conn).await?,
        };
        self.filter.after = last;
        self.over = i64::try_from(count).is_ok_and(|count| count < PAGE);
        Ok(Some(rows))
    }

    async fn progress(
        &self,
        conn: &mut db::Connection,
        steps: &[Step],
    ) -> Result<(Vec<Vec<Cell>>, Option<Uuid>, usize)> {
        let found = people::list(conn, &self.filter, PAGE).await?;
        let (last, count) = (found.last().map(|one| one.learner_id), found.len());
        let minutes = |ms: Option<i64>| Cell::Hours(ms.unwrap_or(0) / 60_000);
        let rows = found.into_iter().map(|one| {
            let status = one.status.as_deref().unwrap_or("c_not_enrolled");
            let done = one.items_done.unwrap_or_default();
            let mut row = vec![
                Cell::Text(one.name),
                Cell::Text(one.email.unwrap_or_default()),
                Cell::Text(one.body_name.unwrap_or_default()),
                Cell::text(self.language.t(status)),
                Cell::Number(one.needed_done.unwrap_or(0).into()),
                Cell::Number(one.needed.unwrap_or(0).into()),
                Cell::Day(one.deadline),
                Cell::Day(one.completed_at.map(in_italy)),
                Cell::Day(one.last_seen_at.map(in_italy)),
                Cell::Hours(one.credited_minutes.unwrap_or(0).into()),
                Cell::Hours(one.attended_minutes.unwrap_or(0).into()),
                minutes(one.active_ms),
                minutes(one.wall_ms),
                minutes(one.claimed_ms),
            ];
            row.extend(steps.iter().map(|step| {
                let done = done.contains(&step.position);
                Cell::text(self.language.t(if done { "c_yes" } else { "c_no" }))
            }));
            row
        });
        Ok((rows.collect(), last, count))
    }

    async fn hours(
        &self,
        conn: &mut db::Connection,
        year: i32,
    ) -> Result<(Vec<Vec<Cell>>, Option<Uuid>, usize)> {
        let found = hours::page(conn, year, &self.filter.bodies, self.filter.after, PAGE).await?;
        let (last, count) = (found.last().map(|one| one.learner_id), found.len());
        let rows = found.into_iter().map(|one| {
            vec![
                Cell::Text(one.name),
                Cell::Text(one.email.unwrap_or_default()),
                Cell::Text(one.body_name.unwrap_or_default()),
                Cell::Number(year.into()),
                Cell::Number(one.items_done.into()),
                Cell::Hours(one.credited_minutes.into()),
                Cell::Hours(one.attended_minutes.into()),
                Cell::Hours(one.active_ms / 60_000),
                Cell::Hours(one.wall_ms / 60_000),
                Cell::Hours(one.claimed_ms / 60_000),
            ]
        });
        Ok((rows.collect(), last, count))
    }

    async fn attendance(
        &self,
        conn: &mut db::Connection,
    ) -> Result<(Vec<Vec<Cell>>, Option<Uuid>, usize)> {
        let found = people::list(conn, &self.filter, PAGE).await?;
        let (last, count) = (found.last().map(|one| one.learner_id), found.len());
        let ids: Vec<Uuid> = found.iter().map(|one| one.learner_id).collect();
        let there = attendance::of_learners(conn, &ids).await?;
        let mut rows = Vec::new();
        for one in found {
            for at in there.iter().filter(|at| at.learner_id == one.learner_id) {
                rows.push(vec![
                    Cell::text(&one.name),
                    Cell::text(one.email.as_deref().unwrap_or_default()),
                    Cell::text(one.body_name.as_deref().unwrap_or_default()),
                    Cell::text(&at.title),
                    Cell::Day(Some(in_italy(at.starts_at))),
                    Cell::Number(at.minutes.into()),
                    Cell::text(
                        self.language
                            .t(if at.counts { "c_present" } else { "c_absent" }),
                    ),
                    Cell::Day(Some(in_italy(at.at))),
                ]);
            }
        }
        Ok((rows, last, count))
    }
}

fn in_italy(time: chrono::DateTime<chrono::Utc>) -> NaiveDate {
    time.with_timezone(&chrono_tz::Europe::Rome).date_naive()
}

/// CSV as the language's spreadsheets read it: semicolons and commas in Italian.
fn csv(reader: Reader) -> impl stream::Stream<Item = Result<Bytes>> {
    stream::try_unfold((reader, true), async |(mut reader, first)| {
        let language = reader.language;
        if first {
            let head: Vec<Cell> = reader.head().into_iter().map(Cell::Text).collect();
            let text = format!("\u{feff}{}", line(language, &head));
            return Ok(Some((Bytes::from(text), (reader, false))));
        }
        let rows = reader.rows().await?;
        Ok(rows.map(|rows| {
            let text: String = rows.iter().map(|row| line(language, row)).collect();
            (Bytes::from(text), (reader, false))
        }))
    })
}

fn line(language: Language, row: &[Cell]) -> String {
    let separator = match language {
        Language::Italian => ";",
        Language::English => ",",
    };
    let cells: Vec<String> = row
        .iter()
        .map(|cell| match cell {
            Cell::Text(text) => plain(text),
            Cell::Number(number) => number.to_string(),
            Cell::Hours(minutes) => decimal_hours(language, *minutes),
            Cell::Day(date) => date.map(day).unwrap_or_default(),
        })
        .collect();
    cells.join(separator) + "\r\n"
}

/// Quoted where it must be; what a spreadsheet would take for a formula is made plain text.
fn plain(text: &str) -> String {
    let text = match text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        true => format!("'{text}"),
        false => text.to_owned(),
    };
    if text.contains([';', ',', '"', '\r', '\n']) {
        return format!("\"{}\"", text.replace('"', "\"\""));
    }
    text
}

#[expect(
    clippy::cast_precision_loss,
    reason = "spreadsheets have no other numbers"
)]
fn put(
    sheet: &mut Worksheet,
    row: u32,
    column: u16,
    cell: Cell,
    day: &Format,
    hours: &Format,
) -> std::result::Result<(), XlsxError> {
    match cell {
        Cell::Day(None) => return Ok(()),
        Cell::Text(text) => sheet.write_string(row, column, text),
        Cell::Number(number) => sheet.write_number(row, column, number as f64),
        Cell::Hours(minutes) => {
            sheet.write_number_with_format(row, column, minutes as f64 / 60.0, hours)
        }
        Cell::Day(Some(date)) => {
            let date = ExcelDateTime::parse_from_str(&date.to_string())?;
            sheet.write_datetime_with_format(row, column, &date, day)
        }
    }
    .map(drop)
}

/// Writes a workbook to a temporary file, a row at a time: its size is not held in memory.
async fn workbook(mut reader: Reader) -> Result<tokio::fs::File> {
    let (rows, mut written) = mpsc::channel::<Vec<Vec<Cell>>>(2);
    let head = reader.head();
    let name = reader.today.to_string();
    let writer = tokio::task::spawn_blocking(move || -> std::result::Result<_, XlsxError> {
        let mut book = Workbook::new();
        let bold = Format::new().set_bold();
        let day = Format::new().set_num_format("dd/mm/yyyy");
        let hours = Format::new().set_num_format("0.00");
        let sheet = book.add_worksheet_with_constant_memory()?;
        sheet.set_name(&name)?;
        sheet.set_freeze_panes(1, 1)?;
        for (column, title) in (0..).zip(&head) {
            sheet.set_column_width(column, if column == 0 { 28.0 } else { 18.0 })?;
            sheet.write_string_with_format(0, column, title, &bold)?;
        }
        let mut at = 1;
        while let Some(rows) = written.blocking_recv() {
            for row in rows {
                for (column, cell) in (0..).zip(row) {
                    put(sheet, at, column, cell, &day, &hours)?;
                }
                at += 1;
            }
        }
        let mut file = tempfile::tempfile()?;
        book.save_to_writer(&mut file)?;
        std::io::Seek::rewind(&mut file)?;
        Ok(file)
    });
    while let Some(next) = reader.rows().await? {
        if rows.send(next).await.is_err() {
            break;
        }
    }
    drop(rows);
    let file = writer
        .await
        .map_err(Problem::internal)?
        .map_err(Problem::internal)?;
    Ok(tokio::fs::File::from_std(file))
}

fn sent(file: tokio::fs::File) -> impl stream::Stream<Item = std::io::Result<Bytes>> {
    stream::try_unfold(file, async |mut file| {
        let mut piece = vec![0; PIECE_BYTES];
        let read = file.read(&mut piece).await?;
        piece.truncate(read);
        Ok((read > 0).then(|| (Bytes::from(piece), file)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_made_harmless_and_separators_quoted() {
        let row = [
            Cell::text("=HYPERLINK(\"http://evil.example\")"),
            Cell::text("a;b"),
            Cell::Number(-5),
            Cell::Hours(310),
            Cell::Day(NaiveDate::from_ymd_opt(2026, 6, 8)),
            Cell::Day(None),
        ];
        assert_eq!(
            line(Language::Italian, &row),
            "\"'=HYPERLINK(\"\"http://evil.example\"\")\";\"a;b\";-5;5,17;08/06/2026;\r\n"
        );
        assert_eq!(line(Language::English, &row[3..4]), "5.17\r\n");
        assert_eq!(plain("@cmd"), "'@cmd");
    }
}
