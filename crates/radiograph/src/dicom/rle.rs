//! RLE Lossless (PS3.5 annex G): `PackBits`, one segment for each byte of a sample.

/// The bytes of a frame in the order of its samples, little-endian; none when it is damaged.
///
/// `samples` and `bytes` are those of a pixel, `pixels` the number of them. Segments come sample by
/// sample, the most significant byte first.
pub(super) fn decode(frame: &[u8], pixels: usize, samples: usize, bytes: usize) -> Option<Vec<u8>> {
    let word = |at: usize| Some(u32::from_le_bytes(frame.get(4 * at..4 * at + 4)?.try_into().ok()?) as usize);
    let segments = samples * bytes;
    if word(0)? != segments || segments > 15 {
        return None;
    }
    let mut out = vec![0; pixels * segments];
    for segment in 0..segments {
        let start = word(segment + 1)?;
        let end = if segment + 1 < segments { word(segment + 2)? } else { frame.len() };
        let plane = unpack(frame.get(start..end)?, pixels)?;
        let (sample, byte) = (segment / bytes, bytes - 1 - segment % bytes);
        for (pixel, value) in plane.into_iter().enumerate() {
            out[(pixel * samples + sample) * bytes + byte] = value;
        }
    }
    Some(out)
}

fn unpack(mut packed: &[u8], length: usize) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(length);
    while out.len() < length {
        let (head, rest) = packed.split_first()?;
        packed = match *head as i8 {
            -128 => rest,
            count @ 0.. => {
                let count = count as usize + 1;
                out.extend_from_slice(rest.get(..count)?);
                &rest[count..]
            }
            count => {
                let (value, rest) = rest.split_first()?;
                out.resize(out.len() + usize::from(count.unsigned_abs()) + 1, *value);
                rest
            }
        };
    }
    // A run beyond the end, or more than what fills up, shows that something is missing.
    let is_filling = packed.iter().all(|byte| matches!(byte, 0 | 0x80));
    (out.len() == length && is_filling).then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_and_literals_come_back() {
        // Apple's example of PackBits.
        let packed = [0xFE, 0xAA, 0x02, 0x80, 0x00, 0x2A, 0xFD, 0xAA, 0x03, 0x80, 0x00, 0x2A, 0x22, 0xF7, 0xAA];
        let plain: [u8; 24] = [
            0xAA, 0xAA, 0xAA, 0x80, 0x00, 0x2A, 0xAA, 0xAA, 0xAA, 0xAA, 0x80, 0x00, 0x2A, 0x22, 0xAA, 0xAA, 0xAA, 0xAA,
            0xAA, 0xAA, 0xAA, 0xAA, 0xAA, 0xAA,
        ];
        assert_eq!(unpack(&packed, 24).as_deref(), Some(&plain[..]));
        assert_eq!(unpack(&packed[..9], 24), None);
    }

    #[test]
    fn a_header_that_lies_is_no_frame() {
        for frame in [&[][..], &[9, 0, 0, 0], &[1, 0, 0, 0, 255, 0, 0, 0]] {
            assert_eq!(decode(frame, 4, 1, 1), None);
        }
    }
}
