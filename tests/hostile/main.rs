//! Files that are made to hurt: whatever they ask for, memory and time stay within bounds, and the answer is
//! a picture or a message.

mod bombs;
#[path = "../../crates/browser-tests/src/elements.rs"]
mod elements;

use std::time::{Duration, Instant};

use analysis::manifest::Manifest;
use osteolens::protocol::{Request, Response};
use peak_alloc::PeakAlloc;
use radiograph::Window;

use bombs::End;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// The most memory that the decoding of one file may take beside the file itself.
const MOST_MB: f32 = 512.0;
/// The longest that it may take here, natively; a browser's 60 s of patience is above it.
const LONGEST: Duration = Duration::from_secs(20);

#[test]
fn bombs_stay_within_bounds_of_memory_and_time() {
    let mut wrong = Vec::new();
    for (name, bytes, end) in bombs::all().expect("the files can be made") {
        let before = MEMORY.current_usage_as_mb();
        MEMORY.reset_peak_usage();
        let begun = Instant::now();
        let said = radiograph::decode_frame(&bytes, 0, Window::Own).map(|decoded| {
            let picture = decoded.radiograph.pixels();
            (picture.width(), picture.height())
        });
        let (took, peak_mb) = (begun.elapsed(), MEMORY.peak_usage_as_mb() - before);
        let said = match said {
            Ok((width, height)) => format!("{width} × {height}"),
            Err(error) => error.to_string(),
        };
        println!("{name}, {} KB: {peak_mb:.0} MB, {} ms: {said}", bytes.len() >> 10, took.as_millis());
        let is_right = match end {
            End::Opens => said == "8000 × 8000",
            End::Small => said == "16 × 16",
            End::Says(words) => said.contains(words),
            End::Any => true,
        };
        if peak_mb > MOST_MB || took > LONGEST || !is_right {
            wrong.push(name);
        }
    }
    assert!(wrong.is_empty(), "{wrong:?}");
}

/// Found by fuzzing: the decoder's sums of errors grow beyond 32 bits (`pure_jpegls` 2.0.0; `docs/upstream/README.md`).
#[test]
fn a_jpeg_ls_stream_that_was_made_up_is_refused_and_stops_nothing() {
    let refused = radiograph::decode_frame(include_bytes!("jpeg_ls_sums.dcm"), 0, Window::Own);
    assert!(refused.is_err());
}

/// Every seed of the fuzz targets is one of its kind, so that fuzzing begins where files are read.
#[test]
fn the_seeds_of_the_fuzz_targets_are_read() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds");
    let seeds = |kind: &str| -> Vec<(String, Vec<u8>)> {
        let entries = std::fs::read_dir(folder.join(kind)).expect("committed").flatten();
        let seed = |entry: std::fs::DirEntry| {
            (entry.file_name().to_string_lossy().into_owned(), std::fs::read(entry.path()).expect("committed"))
        };
        entries.map(seed).collect()
    };
    // A fax has one bit a pixel; of the files of pydicom one holds no picture, and one a picture that no radiograph has.
    let refused = ["one_bit.png", "fax.tif", "chrKoreanMulti.dcm", "rtdose_1frame.dcm"];
    for (name, bytes) in seeds("raster").into_iter().chain(seeds("dicom")) {
        let opens = radiograph::decode_frame(&bytes, 0, Window::Own).is_ok();
        assert_eq!(opens, !refused.contains(&name.as_str()), "{name}");
    }
    for (name, bytes) in seeds("protocol") {
        let rest = if name.starts_with("request-") {
            postcard::take_from_bytes::<Request>(&bytes).map(|(_, rest)| rest)
        } else {
            postcard::take_from_bytes::<Response>(&bytes).map(|(_, rest)| rest)
        };
        assert_eq!(rest, Ok(&[][..]), "{name}");
    }
    for (name, bytes) in seeds("manifest") {
        assert!(Manifest::parse(&bytes).is_ok(), "{name}");
    }
}
