//! What may befall the graphics processor: none, a slow one, one that fails amid its work.

use super::engine::{WATCH, require_no_stall, with_engine_prelude};
use super::*;

#[test]
fn a_graphics_processor_that_is_none_is_left_for_the_cpu_unless_it_is_asked_for() {
    with_site_alone(|site| {
        // The browser of the tests has a software one.
        let visit = Visit::open(site, "?model=custom-cnn", Size::Desktop)?;
        visit.wait_for_engine("cpu")?;
        let note = visit.text("document.querySelector('.note').innerText")?;
        ensure!(note.contains("software"), "{note}");
        judge_a_sample(&visit)
    });
}

#[test]
fn a_graphics_processor_that_is_missing_or_hangs_is_replaced_by_the_cpu() {
    with_site_alone(|site| {
        for (name, answer, words) in [
            ("adapter-missing", "Promise.resolve(null)", "finds no graphics processor"),
            ("adapter-hangs", "new Promise(() => {})", "does not respond"),
        ] {
            let prelude = format!("navigator.gpu.requestAdapter = () => {answer}");
            let copy = with_engine_prelude(site, name, &prelude)?;
            let visit = Visit::open(&copy, "?model=custom-cnn", Size::Desktop)?;
            visit.wait(&format!("{ENGINE} === 'cpu'"))?;
            let note = visit.text("document.querySelector('.note').innerText")?;
            ensure!(note.contains(words), "{name}: {note}");
            judge_a_sample(&visit)?;
        }
        Ok(())
    });
}

/// The software GPU of the tests passes for a real one; a file from the page starts the fault.
const GPU: &str = "const ask = navigator.gpu.requestAdapter.bind(navigator.gpu); \
     navigator.gpu.requestAdapter = async options => { const adapter = await ask(options); \
     Object.defineProperty(adapter, 'isFallbackAdapter', {value: false}); \
     Object.defineProperty(adapter, 'info', {value: {vendor: 'passes for a real one'}}); \
     const open = adapter.requestDevice.bind(adapter); \
     adapter.requestDevice = async wanted => self.device = await open(wanted); return adapter }; \
     addEventListener('message', ({data}) => { if (data[1] instanceof Uint8Array) self.isJudging = true });";

/// On an earlier visit it was the faster one.
const FASTER: &str = "localStorage.setItem('osteolens-race', \
     JSON.stringify({adapter: 'passes for a real one', gpu_ms: 1, cpu_ms: 2}))";

#[test]
fn the_faster_processor_is_found_by_measuring_and_remembered() {
    with_site_alone(|site| {
        let copy = with_engine_prelude(site, "race", GPU)?;
        let visit = Visit::open(&copy, "", Size::Desktop)?;
        visit.wait_for_engine("cpu")?;
        let note = |visit: &Visit| visit.text("document.querySelector('.note').innerText");
        let measured = note(&visit)?;
        println!("{measured}");
        ensure!(measured.contains("ms per image"), "{measured}");
        judge_a_sample(&visit)?;
        let right = visit.probabilities("combined")?;
        // Once more: nothing is measured, the same is said.
        visit.reload()?;
        visit.wait_for_engine("cpu")?;
        ensure!(note(&visit)? == measured, "{}", note(&visit)?);
        judge_a_sample(&visit)?;
        ensure!(visit.probabilities("combined")? == right, "another result");
        drop(visit);
        // Had it been faster, it would compute; another one is measured anew.
        let visit = Visit::open_with_script(&copy, "?model=custom-cnn", FASTER)?;
        visit.wait_for_engine("webgpu")?;
        judge_a_sample(&visit)?;
        drop(visit);
        let other = FASTER.replace("passes for", "was once");
        let visit = Visit::open_with_script(&copy, "?model=custom-cnn", &other)?;
        visit.wait_for_engine("cpu")
    });
}

/// Counts what is asked of the graphics processor, and tells the page when it asks.
const COUNTS: &str = "const counts = {pipelines: 0, buffers: 0, dispatches: 0, submissions: 0}; \
     const count = (of, what, as) => { const call = of.prototype[what]; \
     of.prototype[what] = function (...all) { counts[as]++; return call.apply(this, all) } }; \
     count(GPUDevice, 'createComputePipeline', 'pipelines'); count(GPUDevice, 'createBuffer', 'buffers'); \
     count(GPUComputePassEncoder, 'dispatchWorkgroups', 'dispatches'); count(GPUQueue, 'submit', 'submissions'); \
     const channel = new BroadcastChannel('counts'); channel.onmessage = () => channel.postMessage(counts)";

/// Of both networks: four convolutions and three maxima, twenty and one; a convolution is three.
const DISPATCHES: u32 = 4 * 3 + 3 + 20 * 3 + 1;

#[test]
fn a_picture_takes_so_many_dispatches_and_no_new_memory_of_the_graphics_processor() {
    with_site_alone(|site| {
        let copy = with_engine_prelude(site, "counts", COUNTS)?;
        let visit = Visit::open(&copy, "?backend=webgpu", Size::Desktop)?;
        visit.wait_for_engine("webgpu")?;
        let counted = |what: &str| -> Result<u32> {
            let count = visit.number(&format!(
                "new Promise(told => {{ const channel = new BroadcastChannel('counts'); \
                 channel.onmessage = ({{data}}) => told(data.{what}); channel.postMessage('?') }})"
            ))?;
            Ok(count as u32)
        };
        ensure!(counted("pipelines")? == 8, "{} pipelines", counted("pipelines")?);
        let before = (counted("buffers")?, counted("dispatches")?, counted("submissions")?);
        judge_a_sample(&visit)?;
        visit.wait("document.querySelector('canvas[data-role=heatmap]').dataset.class")?;
        let after = (counted("buffers")?, counted("dispatches")?, counted("submissions")?);
        println!("buffers, dispatches, submissions: {before:?}, then {after:?}");
        ensure!(after.0 == before.0, "{} buffers more", after.0 - before.0);
        ensure!(after.1 - before.1 == DISPATCHES, "{} dispatches", after.1 - before.1);
        // One for the picture's way there and back, for each network.
        ensure!(after.2 - before.2 == 2, "{} submissions", after.2 - before.2);
        Ok(())
    });
}

/// Name, what happens, and what the page must say of it.
const FAULTS: [(&str, &str, &str); 6] = [
    (
        "device lost",
        "const submit = GPUQueue.prototype.submit; GPUQueue.prototype.submit = function (work) { \
         if (self.isJudging) self.device.destroy(); return submit.call(this, work) }",
        "gave no result",
    ),
    (
        "out of memory",
        "const create = GPUDevice.prototype.createBuffer; GPUDevice.prototype.createBuffer = function (wanted) { \
         return create.call(this, {...wanted, size: 2 ** 50}) }",
        "gave no result",
    ),
    (
        "not a number",
        "const read = GPUBuffer.prototype.getMappedRange; GPUBuffer.prototype.getMappedRange = function (...range) { \
         const bytes = read.apply(this, range); \
         if (self.isJudging && this.usage & GPUBufferUsage.MAP_READ) new Float32Array(bytes).fill(NaN); return bytes }",
        "not a number",
    ),
    (
        "wrong numbers",
        "const read = GPUBuffer.prototype.getMappedRange; GPUBuffer.prototype.getMappedRange = function (...range) { \
         const bytes = read.apply(this, range); \
         if (this.usage & GPUBufferUsage.MAP_READ) { const values = new Float32Array(bytes); \
         values.forEach((value, at) => values[at] = value + 1) } return bytes }",
        "self-test failed",
    ),
    (
        "nothing",
        "const read = GPUBuffer.prototype.getMappedRange; GPUBuffer.prototype.getMappedRange = function (...range) { \
         return self.isJudging && this.usage & GPUBufferUsage.MAP_READ ? null : read.apply(this, range) }",
        "0 numbers",
    ),
    (
        "exception",
        "const submit = GPUQueue.prototype.submit; GPUQueue.prototype.submit = function (work) { \
         if (self.isJudging) throw new Error('the driver has crashed'); return submit.call(this, work) }",
        "the driver has crashed",
    ),
];

#[test]
fn every_fault_of_the_graphics_processor_ends_in_the_right_result_on_the_cpu() {
    with_site_alone(|site| {
        let visit = Visit::open(site, SMALL, Size::Desktop)?;
        visit.wait_for_engine("cpu")?;
        judge_a_sample(&visit)?;
        let right = visit.probabilities("custom-cnn")?;
        drop(visit);
        for (name, fault, words) in FAULTS {
            let copy = with_engine_prelude(site, name, &format!("{GPU} {fault}"))?;
            let visit = Visit::open_with_script(&copy, "?model=custom-cnn", FASTER)?;
            visit.text(WATCH)?;
            judge_a_sample(&visit)?;
            visit.wait(&format!("{ENGINE} === 'cpu'"))?;
            let note = visit.text("document.querySelector('.note').innerText")?;
            println!("{name}: {note}");
            ensure!(note.contains("The graphics processor failed") && note.contains(words), "{name}: {note}");
            visit.wait("document.querySelector('canvas[data-role=heatmap]').dataset.class")?;
            ensure!(visit.probabilities("custom-cnn")? == right, "{name}: another result");
            require_no_stall(&visit, name)?;
        }
        Ok(())
    });
}

#[test]
fn a_graphics_processor_that_was_asked_for_and_is_lost_is_asked_for_anew() {
    with_site_alone(|site| {
        // The one of two films that has this size takes the device away.
        let (bad, good) = (files::pair()?, files::knee());
        let size = fs::metadata(&bad)?.len();
        let lost = format!(
            "{GPU} addEventListener('message', ({{data}}) => {{ if (data[1]?.byteLength === {size}) self.device.destroy() }});"
        );
        let copy = with_engine_prelude(site, "lost-webgpu", &lost)?;
        let visit = Visit::open(&copy, "?backend=webgpu&model=custom-cnn", Size::Desktop)?;
        visit.wait_for_engine("webgpu")?;
        visit.upload(&[&bad])?;
        visit.wait("document.querySelector('.alert[data-verdict=error]')")?;
        visit.wait_for_engine("webgpu")?;
        visit.upload(&[&good])?;
        visit.wait_for_verdict(&good)?;
        visit.wait("document.querySelector('.banner[data-file=\"sample-a.png\"]:not(.working)')")
    });
}
