//! From the bytes of a file to findings, natively, with the shipped weights: the page's samples, pictures that are none,
//! and films that need a remedy.

use std::fs;
use std::io::Cursor;
use std::path::Path;

use analysis::Processor;
use analysis::analyzer::Analyzer;
use analysis::error::Error;
use analysis::film::Film;
use analysis::findings::{Difference, FilmVerdict, Outcome};
use analysis::gate::Refusal;
use analysis::knees::Position;
use analysis::manifest::Manifest;
use analysis::pass::Parts;
use analysis::prediction::{Class, Verdict, leading};
use analysis::promises::Promise;
use image::{GrayImage, ImageFormat, Luma, imageops};
use osteolens::helper::Share;
use radiograph::{Adjustment, Edit, Fault};

fn read(below: &str) -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join(below)).expect("committed")
}

/// The first models of the manifest. Here every class is named when it leads, whether or not it keeps its promise: how a
/// verdict comes about does not depend on what it is worth.
fn with_models(count: usize, processor: &Processor) -> Analyzer {
    let mut manifest = Manifest::parse(&read("weights/manifest.json")).expect("sound");
    manifest.operating_point.least = [Some(0.0); 3];
    analyzer_of(&manifest, count, processor)
}

fn analyzer_of(manifest: &Manifest, count: usize, processor: &Processor) -> Analyzer {
    let mut analyzer = Analyzer::new(manifest.clone(), manifest.models.len(), processor.clone(), || 0.0);
    for entry in manifest.models.iter().take(count) {
        let parameters = entry.verified(&read(&format!("weights/{}", entry.file))).expect("as exported");
        pollster::block_on(analyzer.load(entry, &parameters)).expect("the self-test passes");
    }
    analyzer
}

fn all_models() -> Analyzer {
    with_models(usize::MAX, &Processor::Cpu)
}

fn sample(letter: char) -> GrayImage {
    image::load_from_memory(&read(&format!("public/samples/sample-{letter}.png"))).expect("a picture").into_luma8()
}

fn file(picture: &GrayImage) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, ImageFormat::Png).expect("grey pictures can be written");
    bytes.into_inner()
}

fn analyze(analyzer: &Analyzer, bytes: &[u8]) -> (Film, Outcome) {
    pollster::block_on(analyzer.analyze(bytes, Edit::default())).expect("it can be read")
}

fn judged(analyzer: &Analyzer, picture: &GrayImage) -> FilmVerdict {
    match analyze(analyzer, &file(picture)).1 {
        Outcome::Judged(verdict) => verdict,
        other => panic!("not judged: {other:?}"),
    }
}

/// Two pictures on one film, with a dark valley between them.
fn side_by_side(left: &GrayImage, right: &GrayImage) -> GrayImage {
    let (width, height) = left.dimensions();
    let mut film = GrayImage::new(width * 2 + width / 8, height);
    imageops::replace(&mut film, left, 0, 0);
    imageops::replace(&mut film, right, i64::from(width + width / 8), 0);
    film
}

#[test]
fn both_models_lead_with_the_class_that_a_sample_is_there_for() {
    let analyzer = all_models();
    for (letter, class) in
        [('a', Some(Class::Normal)), ('b', Some(Class::Osteopenia)), ('c', Some(Class::Osteoporosis)), ('d', None)]
    {
        let (film, outcome) = analyze(&analyzer, &read(&format!("public/samples/sample-{letter}.png")));
        let Outcome::Judged(of) = outcome else { panic!("sample {letter}: {outcome:?}") };
        assert_eq!(of.knees.len(), 1, "sample {letter}");
        let knee = &of.knees[0];
        let first = leading(&knee.combined);
        let agreed = knee.models.iter().all(|(_, said)| leading(said) == first).then_some(first);
        assert_eq!((agreed, of.verdict), (class, first.into()), "sample {letter}");
        assert!(knee.is_known && knee.position == Position::Only, "sample {letter}");
        let models: Vec<&str> = knee.models.iter().map(|(id, _)| id.as_str()).collect();
        assert_eq!(models, ["custom-cnn", "resnet18"], "every member has spoken, in the manifest's order");
        assert!((knee.combined.iter().sum::<f32>() - 1.0).abs() < 1e-5);
        let evidence = film.evidence();
        assert_eq!(evidence.len(), 2, "a heat map for each model");
        assert!(evidence.iter().all(|one| one.maps.values.iter().flatten().any(|place| *place > 0.0)));
    }
}

#[test]
fn from_the_picture_alone_only_what_keeps_its_promise_is_said() {
    let manifest = Manifest::parse(&read("weights/manifest.json")).expect("sound");
    let analyzer = analyzer_of(&manifest, usize::MAX, &Processor::Cpu);
    for (class, promise) in Class::ALL.into_iter().zip(&manifest.promises.of) {
        assert_eq!(manifest.operating_point.least[class as usize].is_some(), promise.is_some(), "{class:?}");
        let kept = |promise: &Promise| promise.right.low > manifest.frequencies[class as usize];
        assert!(promise.as_ref().is_none_or(kept), "{class:?}: {promise:?}");
    }
    for letter in ['a', 'b', 'c', 'd'] {
        let of = judged(&analyzer, &sample(letter));
        let first = leading(&of.knees[0].combined);
        let is_named = manifest.promises.of[first as usize].is_some() && of.verdict == first.into();
        assert!(is_named || of.verdict == Verdict::Uncertain, "sample {letter}: {of:?}");
    }
}

#[test]
fn burns_own_layers_say_the_same_of_every_sample() {
    let (fast, reference) = (all_models(), with_models(usize::MAX, &Processor::burn_cpu()));
    for letter in ['a', 'b', 'c', 'd'] {
        let bytes = read(&format!("public/samples/sample-{letter}.png"));
        let ((fast_film, fast), (reference_film, reference)) = (analyze(&fast, &bytes), analyze(&reference, &bytes));
        let verdict = |outcome: &Outcome| match outcome {
            Outcome::Judged(of) => Some(of.verdict),
            _ => None,
        };
        assert_eq!(verdict(&fast), verdict(&reference));
        let difference =
            Difference::between(&fast_film.evidence(), &reference_film.evidence()).expect("the same knees");
        assert!(difference.is_within_tolerance(), "sample {letter}: {difference:?}");
    }
}

#[test]
fn what_is_no_film_is_refused_with_its_reasons() {
    let analyzer = all_models();
    let ramp = GrayImage::from_fn(400, 400, |x, y| Luma([((x + y) * 255 / 800) as u8]));
    let small = GrayImage::from_fn(90, 90, |x, y| Luma([(x * 2 + y) as u8]));
    let cases = [
        (read("public/samples/not-a-knee.png"), Refusal::Colour),
        (file(&GrayImage::from_pixel(300, 300, Luma([90]))), Refusal::Blank),
        (file(&small), Refusal::TooSmall),
        (file(&ramp), Refusal::NotAKnee),
    ];
    for (bytes, reason) in cases {
        let (film, outcome) = analyze(&analyzer, &bytes);
        assert_eq!(outcome, Outcome::Refused(vec![reason]));
        let is_by_pixels = reason != Refusal::NotAKnee;
        assert_eq!(film.evidence().is_empty(), is_by_pixels, "{reason:?}: no model looks at what the pixels refuse");
    }
}

#[test]
fn a_film_that_is_inverted_or_turned_is_refused_with_the_remedy_and_judged_after_it() {
    let analyzer = all_models();
    let upright = sample('a');
    let mut inverted = upright.clone();
    imageops::invert(&mut inverted);
    let cases = [
        (inverted, Adjustment::Invert),
        (imageops::rotate90(&upright), Adjustment::TurnLeft),
        (imageops::rotate270(&upright), Adjustment::TurnRight),
        (imageops::rotate180(&upright), Adjustment::TurnOver),
    ];
    for (picture, adjustment) in cases {
        let bytes = file(&picture);
        assert_eq!(analyze(&analyzer, &bytes).1, Outcome::Refused(vec![Refusal::Needs(adjustment)]));
        let mended = Edit::default().mended(adjustment);
        let (_, outcome) = pollster::block_on(analyzer.analyze(&bytes, mended)).expect("it can be read");
        assert!(matches!(outcome, Outcome::Judged(FilmVerdict { verdict: Verdict::Normal, .. })), "{outcome:?}");
    }
}

#[test]
fn a_film_is_as_bad_as_its_worse_knee() {
    let analyzer = all_models();
    let of = judged(&analyzer, &side_by_side(&sample('a'), &sample('c')));
    let positions: Vec<Position> = of.knees.iter().map(|knee| knee.position).collect();
    assert_eq!(positions, [Position::Left, Position::Right]);
    let worst = of.knees.iter().map(|knee| knee.verdict).max();
    assert_eq!(Some(of.verdict), worst, "{of:?}");
    let [left, right] = &of.knees[..] else { panic!("two knees: {of:?}") };
    assert!(left.combined.iter().zip(&right.combined).any(|(a, b)| (a - b).abs() > 1e-4), "each is judged by itself");
}

#[test]
fn a_knee_outside_the_gate_beside_one_within_gets_no_verdict() {
    let analyzer = all_models();
    let noise = GrayImage::from_fn(256, 256, |x, y| {
        let is_bone = x.abs_diff(128) < 70;
        Luma([if is_bone {
            60 + (x.wrapping_mul(2_654_435_761) ^ y.wrapping_mul(40_503) >> 3) as u8 % 150
        } else {
            10
        }])
    });
    let of = judged(&analyzer, &side_by_side(&sample('c'), &noise));
    let [left, right] = &of.knees[..] else { panic!("two knees: {of:?}") };
    assert!(left.is_known && !right.is_known, "{of:?}");
    assert_eq!(right.verdict, Verdict::Uncertain);
}

#[test]
fn there_is_no_verdict_before_every_member_has_spoken() {
    let first = with_models(1, &Processor::Cpu);
    let bytes = read("public/samples/sample-a.png");
    let (mut film, outcome) = analyze(&first, &bytes);
    assert_eq!(outcome, Outcome::Waiting);
    // The same film, once the second one is there.
    let outcome = pollster::block_on(all_models().judge(&mut film)).expect("finite");
    let Outcome::Judged(of) = outcome else { panic!("{outcome:?}") };
    assert_eq!(of, judged(&all_models(), &sample('a')));
}

#[test]
fn passes_of_a_helper_give_the_same_to_the_bit() {
    let (engine, helper) = (all_models(), all_models());
    let bytes = file(&side_by_side(&sample('a'), &sample('c')));
    let (alone, outcome) = analyze(&engine, &bytes);
    assert!(matches!(&outcome, Outcome::Judged(of) if of.knees.len() == 2), "{outcome:?}");
    // The last one is lost on its way: the engine makes it.
    for (share, lost) in [(Share::RightKnee, 0), (Share::Everything, 0), (Share::Everything, 1)] {
        let mut film = Film::open(&bytes, Edit::default()).expect("sound");
        film.find_knees(|| 0.0);
        let passes = engine.passes(&mut film);
        assert_eq!(passes.len(), 4, "two models, two knees");
        let made = passes.len() - lost;
        for pass in passes.into_iter().take(made) {
            let by = if share.holds(pass.knee) { &helper } else { &engine };
            let given = pollster::block_on(by.pass(&pass.model, pass.picture)).expect("finite");
            if share.holds(pass.knee) {
                let (parts, numbers) = Parts::of(given);
                assert!(film.take_over(pass.model, pass.knee, parts, numbers, 1.0));
            } else {
                film.take_in(pass.model, pass.knee, given, 1.0);
            }
        }
        assert_eq!(pollster::block_on(engine.judge(&mut film)).expect("finite"), outcome);
        engine.explain(&mut film);
        assert_eq!(film.evidence(), alone.evidence());
        assert!(engine.passes(&mut film).is_empty(), "it is judged");
    }
}

#[test]
fn what_is_refused_by_its_pixels_has_no_passes() {
    let mut film = Film::open(&read("public/samples/not-a-knee.png"), Edit::default()).expect("a picture");
    film.find_knees(|| 0.0);
    assert!(all_models().passes(&mut film).is_empty());
}

#[test]
fn nothing_is_refused_before_the_model_that_decides_is_there() {
    let mut inverted = sample('a');
    imageops::invert(&mut inverted);
    let (mut film, outcome) = analyze(&with_models(1, &Processor::Cpu), &file(&inverted));
    assert_eq!(outcome, Outcome::Waiting);
    let outcome = pollster::block_on(all_models().judge(&mut film)).expect("finite");
    assert_eq!(outcome, Outcome::Refused(vec![Refusal::Needs(Adjustment::Invert)]));
}

#[test]
fn a_model_that_is_the_only_member_decides_by_its_distance_from_known_knees() {
    let manifest = Manifest::parse(&read("weights/manifest.json")).expect("sound");
    let entry = &manifest.models[0];
    assert!(entry.knee_head.is_none(), "the model that decides has its own test");
    let mut analyzer = Analyzer::new(manifest.clone(), 1, Processor::Cpu, || 0.0);
    let parameters = entry.verified(&read(&format!("weights/{}", entry.file))).expect("as exported");
    pollster::block_on(analyzer.load(entry, &parameters)).expect("the self-test passes");
    assert!(matches!(analyze(&analyzer, &file(&sample('a'))).1, Outcome::Judged(_)));
    let noise = GrayImage::from_fn(400, 400, |x, y| {
        Luma([(x.wrapping_mul(0x9E37_79B1).rotate_left(13) ^ y.wrapping_mul(0x85EB_CA77))
            .wrapping_mul(0xC2B2_AE3D)
            .to_le_bytes()[3]])
    });
    assert_eq!(analyze(&analyzer, &file(&noise)).1, Outcome::Refused(vec![Refusal::NotAKnee]));
}

#[test]
fn what_cannot_be_read_is_an_error_of_the_file() {
    let analyzer = all_models();
    let error = pollster::block_on(analyzer.analyze(b"", Edit::default())).err();
    assert_eq!(error, Some(Error::File(Fault::Empty)));
}

#[test]
fn a_knee_is_looked_for_within_the_shutter() {
    let mut film = Film::open(&read("tests/cases/files/D41-shutter.dcm"), Edit::default()).expect("sound");
    film.find_knees(|| 0.0);
    let part = film.knees()[0].region;
    let picture = film.picture();
    let corners = [(0, 0), (part.width_px - 1, 0), (0, part.height_px - 1), (part.width_px - 1, part.height_px - 1)];
    assert!(corners.iter().all(|(x, y)| picture.get_pixel(part.x_px + x, part.y_px + y)[0] > 0), "{part:?}");
}
