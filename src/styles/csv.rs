//! Rows of comma-separated values (RFC 4180), as spreadsheets write them: also with `;` or tabs.
//!
//! Not here: what the columns mean (`import`).

/// A row: the line it begins on, counted from 1, and its cells.
pub(super) type Row = (usize, Vec<String>);

/// Reads all rows; blank ones are left out. `Err` names the line of a quote that is never closed.
pub(super) fn rows(text: &str) -> Result<Vec<Row>, usize> {
    let comma = delimiter(text);
    let (mut rows, mut cells, mut cell) = (Vec::new(), Vec::new(), String::new());
    let (mut line, mut begun, mut quoted) = (1, 1, false);
    let mut symbols = text.chars().peekable();
    while let Some(symbol) = symbols.next() {
        match symbol {
            '"' if quoted && symbols.next_if_eq(&'"').is_some() => cell.push('"'),
            '"' if quoted || cell.trim().is_empty() => quoted = !quoted,
            '\n' if !quoted => {
                cells.push(core::mem::take(&mut cell));
                rows.push((begun, core::mem::take(&mut cells)));
                begun = line + 1;
            }
            '\r' if !quoted => {}
            _ if symbol == comma && !quoted => cells.push(core::mem::take(&mut cell)),
            _ => cell.push(symbol),
        }
        line += usize::from(symbol == '\n');
    }
    if quoted {
        return Err(begun);
    }
    cells.push(cell);
    rows.push((begun, cells));
    for (_, cells) in &mut rows {
        cells.iter_mut().for_each(|cell| *cell = cell.trim().to_owned());
    }
    rows.retain(|(_, cells)| cells.iter().any(|cell| !cell.is_empty()));
    Ok(rows)
}

/// What parts the cells of the first line.
fn delimiter(text: &str) -> char {
    let head = text.lines().next().unwrap_or_default();
    let count = |sign: char| head.chars().filter(|&symbol| symbol == sign).count();
    [',', '\t', ';'].into_iter().rev().max_by_key(|&sign| count(sign)).unwrap_or(',')
}

/// A cell as it is written.
pub(super) fn quoted(cell: &str) -> String {
    let plain = !cell.contains([',', ';', '\t', '"', '\n', '\r']);
    if plain { cell.to_owned() } else { format!("\"{}\"", cell.replace('"', "\"\"")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_row_knows_its_line_and_quotes_keep_commas() {
        let text = "a;b\r\n\r\n\"x;\"\"y\"\"\nz\";2\n3;4";
        let cells = |cells: [&str; 2]| cells.map(str::to_owned).to_vec();
        assert_eq!(
            rows(text).unwrap(),
            [(1, cells(["a", "b"])), (3, cells(["x;\"y\"\nz", "2"])), (5, cells(["3", "4"]))]
        );
        assert_eq!(rows("a\n\"b\nc"), Err(2));
    }

    proptest! {
        /// What is written is read back, whatever stands in a cell.
        #[test]
        fn a_written_cell_is_read_back(cells in prop::collection::vec("[a-z ,;\"\\t\\n棉]{1,8}", 3)) {
            let row: Vec<String> = cells.iter().map(|cell| quoted(cell)).collect();
            let read = rows(&format!("a,b,c\n{}\n", row.join(","))).unwrap();
            let trimmed: Vec<String> = cells.iter().map(|cell| cell.trim().to_owned()).collect();
            if trimmed.iter().any(|cell| !cell.is_empty()) {
                prop_assert_eq!(&read[1].1, &trimmed);
            }
        }
    }
}
