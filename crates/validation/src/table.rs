//! The bytes of a CSV or TSV file → rows of cells, as spreadsheets of many countries save them.

use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};

/// Signs that part cells, the more usual first.
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// Why a file is no table.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TableFault {
    /// Nothing is in it.
    #[error("the table is empty")]
    Empty,
    /// There are no rows below the heads.
    #[error("the table has heads and no row below them")]
    NoRows,
    /// It is a spreadsheet's own file.
    #[error("this is a spreadsheet's own file: save it as CSV first")]
    Spreadsheet,
    /// No sign parts its cells.
    #[error(
        "the table has a single column, «{head}»: cells are parted by commas, semicolons, tabs or vertical bars, the same in \
         every row (a decimal comma outside quotation marks parts a cell)"
    )]
    OneColumn {
        /// Its head.
        head: String,
    },
    /// Two columns have the same head.
    #[error("two columns are called «{head}»")]
    DoubleHead {
        /// That head.
        head: String,
    },
    /// It is damaged.
    #[error("the table cannot be read ({reason})")]
    Damaged {
        /// What is wrong.
        reason: String,
    },
}

/// Rows of cells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// The first row.
    pub heads: Vec<String>,
    /// All others.
    pub rows: Vec<Row>,
    /// As which encoding the bytes were read.
    pub encoding: &'static str,
    /// By which sign cells are parted.
    pub delimiter: char,
}

/// A row below the heads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The line in which it begins, from 1.
    pub line: u64,
    /// Without the spaces around them; there may be more or fewer than heads.
    pub cells: Vec<String>,
}

impl Table {
    /// Reads a table. The encoding is that of the byte-order mark; without one it is UTF-8 where the bytes are, UTF-16 where
    /// every second byte is 0, and else Windows-1252. The delimiter is the one that gives the most columns in every row; a
    /// first line `sep=;` names it.
    ///
    /// # Errors
    /// [`TableFault`].
    pub fn read(bytes: &[u8]) -> Result<Self, TableFault> {
        if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(&[0xD0, 0xCF, 0x11, 0xE0]) {
            return Err(TableFault::Spreadsheet);
        }
        let (text, encoding) = decoded(bytes);
        let (named, skipped, text) = match text.split_once('\n') {
            Some((first, rest)) if first.starts_with("sep=") => (first.as_bytes().get(4).copied(), 1, rest),
            _ => (None, 0, &text[..]),
        };
        let candidates = named.map_or(DELIMITERS.to_vec(), |one| vec![one]);
        let mut best: Option<(usize, u8, Vec<Row>)> = None;
        for delimiter in candidates {
            let rows = rows(text, delimiter, skipped)?;
            let columns = rows.first().map_or(0, |row| row.cells.len());
            // Where rows differ, a comma is the point of a decimal, or a part of a text.
            let alike = rows.iter().filter(|row| row.cells.len() == columns).count();
            let score = if alike * 2 > rows.len() { columns } else { 1 };
            if best.as_ref().is_none_or(|(before, ..)| score > *before) {
                best = Some((score, delimiter, rows));
            }
        }
        let (columns, delimiter, mut rows) = best.ok_or(TableFault::Empty)?;
        if rows.is_empty() {
            return Err(TableFault::Empty);
        }
        let heads = rows.remove(0).cells;
        if columns < 2 {
            return Err(TableFault::OneColumn { head: heads.into_iter().next().unwrap_or_default() });
        }
        if rows.is_empty() {
            return Err(TableFault::NoRows);
        }
        let is_double = |(at, head): (usize, &String)| !head.is_empty() && heads[..at].contains(head);
        if let Some((_, head)) = heads.iter().enumerate().find(|one| is_double(*one)) {
            return Err(TableFault::DoubleHead { head: head.clone() });
        }
        Ok(Self { heads, rows, encoding, delimiter: char::from(delimiter) })
    }
}

fn decoded(bytes: &[u8]) -> (String, &'static str) {
    let encoding = match Encoding::for_bom(bytes) {
        Some((encoding, _)) => encoding,
        None if std::str::from_utf8(bytes).is_ok() && !bytes.contains(&0) => UTF_8,
        None if bytes.len() > 3 && bytes.chunks_exact(2).take(64).all(|pair| pair[1] == 0) => encoding_rs::UTF_16LE,
        None if bytes.len() > 3 && bytes.chunks_exact(2).take(64).all(|pair| pair[0] == 0) => encoding_rs::UTF_16BE,
        None => WINDOWS_1252,
    };
    let (text, ..) = encoding.decode(bytes);
    // Lines are counted: those of Windows and of old Macs end with other signs.
    (text.replace("\r\n", "\n").replace('\r', "\n"), encoding.name())
}

fn rows(text: &str, delimiter: u8, skipped: u64) -> Result<Vec<Row>, TableFault> {
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .has_headers(false)
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| TableFault::Damaged { reason: error.to_string() })?;
        // The reader's record begins with the empty lines before it.
        let line = record.position().map_or(0, |at| {
            let empty = text[at.byte() as usize..].chars().take_while(|letter| *letter == '\n').count();
            at.line() + empty as u64 + skipped
        });
        let cells: Vec<String> = record.iter().map(str::to_owned).collect();
        // Spreadsheets leave rows of nothing but delimiters at the end.
        if cells.iter().any(|cell| !cell.is_empty()) {
            rows.push(Row { line, cells });
        }
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "file;t score;note\r\na.png;-2,5;\"says \"\"hm\"\"; twice\"\r\n\r\nb.png;0,1;Größe\r\n;;\r\n";

    fn utf16(text: &str, is_little: bool) -> Vec<u8> {
        text.encode_utf16().flat_map(|unit| if is_little { unit.to_le_bytes() } else { unit.to_be_bytes() }).collect()
    }

    #[test]
    fn every_encoding_of_a_spreadsheet_gives_the_same_cells() {
        let expected = Table::read(TEXT.as_bytes()).expect("a table");
        assert_eq!(expected.heads, ["file", "t score", "note"]);
        assert_eq!(
            expected.rows[0],
            Row { line: 2, cells: ["a.png", "-2,5", "says \"hm\"; twice"].map(str::to_owned).into() }
        );
        assert_eq!((expected.rows[1].line, expected.rows[1].cells[2].as_str()), (4, "Größe"));
        assert_eq!(expected.rows.len(), 2, "empty rows are none");
        let marked = |mark: &[u8], rest: Vec<u8>| [mark.to_vec(), rest].concat();
        let (windows, ..) = WINDOWS_1252.encode(TEXT);
        for (bytes, encoding) in [
            (marked(b"\xEF\xBB\xBF", TEXT.into()), "UTF-8"),
            (marked(b"\xFF\xFE", utf16(TEXT, true)), "UTF-16LE"),
            (marked(b"\xFE\xFF", utf16(TEXT, false)), "UTF-16BE"),
            (windows.into_owned(), "windows-1252"),
        ] {
            let read = Table::read(&bytes).expect(encoding);
            assert_eq!(read.encoding, encoding);
            assert_eq!((&read.heads, &read.rows), (&expected.heads, &expected.rows), "{encoding}");
        }
        let plain = "file,class\na,normal\n";
        assert_eq!(Table::read(&utf16(plain, true)).expect("without a mark").heads, ["file", "class"]);
    }

    #[test]
    fn the_delimiter_is_the_one_that_parts_every_row() {
        for (text, delimiter, columns) in [
            ("a,b\n1,2\n", ',', 2),
            ("a;b\n1,5;2,5\n3,5;4\n", ';', 2),
            ("a\tb\tc\n1,5\t2;3\t4\n", '\t', 3),
            ("a|b\n1|2\n", '|', 2),
            ("sep=;\na;b,c\n1;2\n", ';', 2),
        ] {
            let read = Table::read(text.as_bytes()).expect(text);
            assert_eq!((read.delimiter, read.heads.len()), (delimiter, columns), "{text}");
        }
        assert_eq!(Table::read(b"sep=;\na;b\n1;2\n").expect("a table").rows[0].line, 3);
    }

    #[test]
    fn what_is_no_table_says_why() {
        for (bytes, fault) in [
            (&b""[..], TableFault::Empty),
            (b"\n\n", TableFault::Empty),
            (b"file,class\n", TableFault::NoRows),
            (b"file\na.png\n", TableFault::OneColumn { head: "file".into() }),
            (b"PK\x03\x04xlsx", TableFault::Spreadsheet),
            (b"file,age,age\na,1,2\n", TableFault::DoubleHead { head: "age".into() }),
        ] {
            assert_eq!(Table::read(bytes), Err(fault));
        }
    }
}
