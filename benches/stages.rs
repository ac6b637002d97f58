//! Each stage of the pipeline on one core: `cargo bench`. With `--features vulkan` also the networks on the machine's
//! graphics processor. Pictures are made here, so nothing but the shipped weights is needed.

use std::fs;
use std::hint::black_box;
use std::io::Cursor;
use std::path::Path;

use analysis::film::Film;
use analysis::grad_cam::{self, ClassMaps};
use analysis::heatmap::{self, ColourMap, Heatmap, Placed};
use analysis::input;
use analysis::knees;
use analysis::manifest::{Manifest, ModelEntry};
use divan::{AllocProfiler, Bencher};
use image::{GrayImage, ImageFormat, Luma};
use networks::{Network, Processor};
use radiograph::Edit;

#[global_allocator]
static ALLOCATOR: AllocProfiler = AllocProfiler::system();

/// Width and height of the films: what crops are published in, a usual film, and 12 megapixels.
const FILMS: [(u32, u32); 3] = [(256, 256), (1000, 1200), (3000, 4000)];
/// Of both networks' input.
const SIDE_PX: u32 = 224;
const MODELS: [&str; 2] = ["custom-cnn", "resnet18"];

fn main() {
    divan::main();
}

/// A drawn leg in noise: bone, soft tissue, a dark joint line.
fn film((width, height): (u32, u32)) -> GrayImage {
    let mut noise = 1u32;
    GrayImage::from_fn(width, height, |x, y| {
        noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let (across, down) = (x.abs_diff(width / 2), y.abs_diff(height / 2));
        let tissue = if across < width / 3 { 70 } else { 10 };
        let bone = if across < width / 5 && down > height / 100 { 90 } else { 0 };
        Luma([(tissue + bone + (noise >> 28)) as u8])
    })
}

fn encoded(film: &GrayImage, format: ImageFormat) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    film.write_to(&mut file, format).expect("encoders of grey pictures");
    file.into_inner()
}

#[divan::bench(args = FILMS)]
fn decode_png(bencher: Bencher, size: (u32, u32)) {
    let file = encoded(&film(size), ImageFormat::Png);
    bencher.bench(|| Film::open(black_box(&file), Edit::default()).expect("a picture"));
}

#[divan::bench(args = FILMS)]
fn decode_jpeg(bencher: Bencher, size: (u32, u32)) {
    let file = encoded(&film(size), ImageFormat::Jpeg);
    bencher.bench(|| Film::open(black_box(&file), Edit::default()).expect("a picture"));
}

/// 128 × 128 of 16 bits, a CT file that passes for a radiograph.
#[divan::bench]
fn decode_dicom(bencher: Bencher) {
    const MODALITY: &[u8] = b"\x08\x00\x60\x00CS\x02\x00";
    let mut file = read("tests/dicom/CT_small.dcm");
    let at = file.windows(MODALITY.len()).position(|bytes| bytes == MODALITY).expect("it has a modality");
    file[at + MODALITY.len()..][..2].copy_from_slice(b"DX");
    bencher.bench(|| Film::open(black_box(&file), Edit::default()).expect("a picture"));
}

#[divan::bench(args = FILMS)]
fn find_knees(bencher: Bencher, size: (u32, u32)) {
    let film = film(size);
    bencher.bench(|| knees::find(black_box(&film)));
}

/// From the decoded film to the inputs of both networks.
#[divan::bench(args = FILMS)]
fn preprocess(bencher: Bencher, size: (u32, u32)) {
    let film = film(size);
    let manifest = manifest();
    bencher.bench(|| {
        let mut inputs = Vec::new();
        for knee in knees::find(black_box(&film)) {
            let (square, _) = input::seen(&film, knee.region, SIDE_PX);
            inputs.extend(manifest.models.iter().map(|entry| {
                assert_eq!(entry.input.side_px, SIDE_PX);
                input::normalised(&square, &entry.input)
            }));
        }
        inputs
    });
}

#[divan::bench(args = MODELS)]
fn load(bencher: Bencher, id: &str) {
    let entry = entry(id);
    let file = read(&format!("weights/{}", entry.file));
    bencher.bench_local(|| network_of(&entry, &file, &Processor::Cpu));
}

#[divan::bench(args = MODELS)]
fn forward(bencher: Bencher, id: &str) {
    forward_on(bencher, id, &Processor::Cpu);
}

#[divan::bench(args = MODELS)]
fn forward_of_burn(bencher: Bencher, id: &str) {
    forward_on(bencher, id, &Processor::burn_cpu());
}

#[cfg(feature = "vulkan")]
#[divan::bench(args = MODELS)]
fn forward_on_gpu(bencher: Bencher, id: &str) {
    let gpu = pollster::block_on(networks::Gpu::open()).expect("a graphics processor");
    println!("{}", gpu.name());
    forward_on(bencher, id, &Processor::WebGpu(std::rc::Rc::new(gpu)));
}

#[cfg(feature = "vulkan")]
#[divan::bench(args = MODELS)]
fn forward_on_gpu_in_full(bencher: Bencher, id: &str) {
    let gpu = pollster::block_on(networks::Gpu::open()).expect("a graphics processor");
    let in_full = gpu.in_full().unwrap_or(gpu);
    forward_on(bencher, id, &Processor::WebGpu(std::rc::Rc::new(in_full)));
}

fn forward_on(bencher: Bencher, id: &str, processor: &Processor) {
    let entry = entry(id);
    let network = network(&entry, processor);
    let input = entry.golden_input();
    bencher.bench_local(|| pollster::block_on(network.forward(black_box(input.clone()))).expect("finite"));
}

#[divan::bench(args = MODELS)]
fn class_maps(bencher: Bencher, id: &str) {
    let entry = entry(id);
    let network = network(&entry, &Processor::Cpu);
    let activations = pollster::block_on(network.forward(entry.golden_input())).expect("finite");
    bencher.bench_local(|| grad_cam::class_maps(network.head(), black_box(&activations.maps)));
}

#[divan::bench(args = FILMS)]
fn overlay(bencher: Bencher, size: (u32, u32)) {
    let entry = entry("resnet18");
    let network = network(&entry, &Processor::Cpu);
    let activations = pollster::block_on(network.forward(entry.golden_input())).expect("finite");
    let ClassMaps { width, height, values } = grad_cam::class_maps(network.head(), &activations.maps);
    let heatmaps = Heatmap::from_class_maps(width, height, &values);
    let heatmap = heatmaps.iter().flatten().next().expect("one class is seen somewhere");
    let film = film(size);
    let region = knees::find(&film)[0].region;
    let (_, image_from_input) = input::seen(&film, region, entry.input.side_px);
    let placed = [Placed { heatmap, image_from_input, input_side_px: entry.input.side_px }];
    bencher.bench(|| heatmap::overlay(size.0, size.1, black_box(&placed), ColourMap::Inferno));
}

fn read(below: &str) -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join(below)).expect("committed")
}

fn manifest() -> Manifest {
    Manifest::parse(&read("weights/manifest.json")).expect("sound")
}

fn entry(id: &str) -> ModelEntry {
    manifest().models.into_iter().find(|entry| entry.id == id).expect("the manifest names it")
}

fn network(entry: &ModelEntry, processor: &Processor) -> Network {
    network_of(entry, &read(&format!("weights/{}", entry.file)), processor)
}

fn network_of(entry: &ModelEntry, file: &[u8], processor: &Processor) -> Network {
    let parameters = entry.verified(file).expect("as exported");
    let plan = entry.plan().expect("sound");
    Network::new(&plan, &parameters, &entry.input.channels(), processor).expect("its weights")
}
