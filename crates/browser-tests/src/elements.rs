//! DICOM files written element by element (PS3.5, explicit little-endian).

/// Preamble and file header, up to where the data set begins.
pub fn header(transfer_syntax: &str) -> Vec<u8> {
    let mut meta = Vec::new();
    text(&mut meta, (2, 0x10), "UI", transfer_syntax);
    let mut file = vec![0; 128];
    file.extend(b"DICM");
    element(&mut file, (2, 0), "UL", &(meta.len() as u32).to_le_bytes());
    file.extend(meta);
    file
}

/// A whole number of 16 bits.
pub fn number(file: &mut Vec<u8>, tag: (u16, u16), value: u16) {
    element(file, tag, "US", &value.to_le_bytes());
}

/// A text of this kind, such as `CS`.
pub fn text(file: &mut Vec<u8>, tag: (u16, u16), kind: &str, value: &str) {
    element(file, tag, kind, value.as_bytes());
}

/// Any element, its value padded to an even length.
pub fn element(file: &mut Vec<u8>, (group, number): (u16, u16), kind: &str, value: &[u8]) {
    let padding: &[u8] = match (value.len() % 2, kind) {
        (0, _) => &[],
        (_, "UI" | "OB" | "OW" | "SQ") => &[0],
        _ => b" ",
    };
    let length = value.len() + padding.len();
    file.extend(group.to_le_bytes());
    file.extend(number.to_le_bytes());
    file.extend(kind.as_bytes());
    if matches!(kind, "OB" | "OW" | "SQ") {
        file.extend([0, 0]);
        file.extend((length as u32).to_le_bytes());
    } else {
        file.extend((length as u16).to_le_bytes());
    }
    file.extend(value);
    file.extend(padding);
}
