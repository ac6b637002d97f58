//! Pixels on canvases.

use js_sys::{Uint8Array, Uint8ClampedArray};
use osteolens::decimal::fixed;
use osteolens::detail::Pane;
use osteolens::protocol::Opened;
use radiograph::Region;
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Blob, CanvasRenderingContext2d, HtmlCanvasElement, ImageData};

use super::{save_blob, window};

/// Of the heat map where it is kept or printed.
const OVERLAY_OPACITY: f64 = 0.6;

/// Offers a radiograph with its heat map as a PNG, with words burned into its lower edge. Returns whether the browser lets
/// that be: some falsify what is painted on a canvas, and then nothing is saved.
pub fn save_overlay(name: &str, words: &str, of: &Opened, pixels: &Uint8Array, heat: Option<&Uint8Array>) -> bool {
    let draw = || -> Option<HtmlCanvasElement> {
        let canvas: HtmlCanvasElement = window().document()?.create_element("canvas").ok()?.dyn_into().ok()?;
        paint(&canvas, of.width_px, of.height_px, Some(pixels));
        let (width, height) = (f64::from(of.width_px), f64::from(of.height_px));
        let context: CanvasRenderingContext2d = canvas.get_context("2d").ok()??.dyn_into().ok()?;
        // Browsers that guard against being recognised by their canvases give other pixels back, up to pure noise.
        let read = context.get_image_data(0.0, 0.0, width, height).ok()?;
        if read.data().0 != pixels.to_vec() {
            return None;
        }
        if let Some(heat) = heat {
            paint_over(&canvas, of.width_px, of.height_px, heat);
        }
        context.set_global_alpha(1.0);
        let band = (height * 0.06).max(18.0);
        context.set_fill_style_str("#000");
        context.fill_rect(0.0, height - band, width, band);
        context.set_fill_style_str("#fff");
        context.set_font(&format!("bold {}px sans-serif", fixed(band * 0.55, 0)));
        context.set_text_align("center");
        context.fill_text_with_max_width(words, width / 2.0, height - band * 0.3, width * 0.96).ok()?;
        Some(canvas)
    };
    let Some(canvas) = draw() else { return false };
    let name = name.to_owned();
    let keep = Closure::once_into_js(move |blob: JsValue| {
        if let Ok(blob) = blob.dyn_into::<Blob>() {
            save_blob(&name, &blob);
        }
    });
    canvas.to_blob(keep.unchecked_ref()).is_ok()
}

/// A square of RGBA pixels, reduced by nearest-neighbour sampling.
pub fn smaller(pixels: &Uint8Array, side_px: u32, to_px: u32) -> Uint8Array {
    let all = pixels.to_vec();
    let at = |place: u32| place * side_px / to_px;
    let pixel = |x: u32, y: u32| 4 * (at(y) * side_px + at(x)) as usize;
    let taken: Vec<u8> = (0..to_px * to_px)
        .flat_map(|place| {
            let from = pixel(place % to_px, place / to_px);
            all.get(from..from + 4).unwrap_or(&[0; 4]).to_vec()
        })
        .collect();
    Uint8Array::from(taken.as_slice())
}

/// Puts a canvas into its place by a CSS transform, or hides it.
pub fn place(canvas: &HtmlCanvasElement, transform: Option<&str>) {
    canvas.set_class_name(if transform.is_some() { "" } else { "hidden" });
    if let Some(transform) = transform {
        let _ = canvas.style().set_property("transform", transform);
    }
}

/// Paints RGBA pixels on a canvas of their size.
pub fn paint(canvas: &HtmlCanvasElement, width_px: u32, height_px: u32, pixels: Option<&Uint8Array>) {
    canvas.set_width(width_px);
    canvas.set_height(height_px);
    let Ok(Some(context)) = canvas.get_context("2d") else { return };
    let context: CanvasRenderingContext2d = context.unchecked_into();
    if let Some(image) = pixels.and_then(|pixels| image_data(pixels, width_px, height_px)) {
        let _ = context.put_image_data(&image, 0.0, 0.0);
    }
}

/// RGBA pixels as a canvas takes them; they are not copied.
fn image_data(pixels: &Uint8Array, width_px: u32, height_px: u32) -> Option<ImageData> {
    let clamped = Uint8ClampedArray::new(&pixels.buffer());
    ImageData::new_with_js_u8_clamped_array_and_sh(&clamped, width_px, height_px).ok()
}

/// Paints RGBA pixels over what a canvas shows, half transparent.
pub fn paint_over(canvas: &HtmlCanvasElement, width_px: u32, height_px: u32, pixels: &Uint8Array) {
    let over = window().document().and_then(|document| document.create_element("canvas").ok());
    let Some(over) = over.and_then(|over| over.dyn_into::<HtmlCanvasElement>().ok()) else { return };
    paint(&over, width_px, height_px, Some(pixels));
    if let Ok(Some(context)) = canvas.get_context("2d") {
        let context: CanvasRenderingContext2d = context.unchecked_into();
        context.set_global_alpha(OVERLAY_OPACITY);
        let _ = context.draw_image_with_html_canvas_element(&over, 0.0, 0.0);
    }
}

/// A line through places in shares (0..=1) of a canvas' width and height, and words at its second one.
pub type Line = (Vec<(f64, f64)>, String);

/// Paints lines alone, on a canvas that covers a pane.
pub fn paint_lines(canvas: &HtmlCanvasElement, pane: Pane, lines: &[Line]) {
    paint(canvas, (pane.size.0 * pane.density) as u32, (pane.size.1 * pane.density) as u32, None);
    draw_lines(canvas, 2.0 * pane.density, lines);
}

/// Draws lines over what a canvas shows, their ends as squares.
pub fn draw_lines(canvas: &HtmlCanvasElement, thickness: f64, lines: &[Line]) {
    let Ok(Some(context)) = canvas.get_context("2d") else { return };
    let context: CanvasRenderingContext2d = context.unchecked_into();
    let (width, height) = (f64::from(canvas.width()), f64::from(canvas.height()));
    context.set_global_alpha(1.0);
    context.set_font(&format!("bold {}px sans-serif", fixed(thickness * 8.0, 0)));
    // A label begins to the right of its point, whatever the writing direction.
    context.set_text_align("left");
    let on_canvas = |(x, y): &(f64, f64)| (x * width, y * height);
    for (colour, thickness) in [("#000", thickness * 2.0), ("#ffd60a", thickness)] {
        context.set_stroke_style_str(colour);
        context.set_fill_style_str(colour);
        context.set_line_width(thickness);
        for (places, _) in lines {
            context.begin_path();
            for (x, y) in places.iter().map(on_canvas) {
                context.line_to(x, y);
                context.fill_rect(x - thickness, y - thickness, 2.0 * thickness, 2.0 * thickness);
            }
            context.stroke();
        }
    }
    context.set_stroke_style_str("#000");
    context.set_fill_style_str("#fff");
    context.set_line_width(2.0 * thickness);
    for (places, words) in lines {
        if let Some((x, y)) = places.get(1).map(on_canvas) {
            let (x, y) = (x + 4.0 * thickness, y - 3.0 * thickness);
            let _ = context.stroke_text(words, x, y).and_then(|()| context.fill_text(words, x, y));
        }
    }
}

/// Paints a part of a picture on a square canvas, as large as it will go: in place of what the canvas
/// showed, or over it with this opacity.
pub fn paint_part(
    canvas: &HtmlCanvasElement,
    side_px: u32,
    pixels: &Uint8Array,
    of: &Opened,
    part: Region,
    over: Option<f64>,
) {
    let Ok(Some(context)) = canvas.get_context("2d") else { return };
    let context: CanvasRenderingContext2d = context.unchecked_into();
    let Some(cut) = cut_out(pixels, of, part) else { return };
    let (width, height) = (f64::from(part.width_px.max(1)), f64::from(part.height_px.max(1)));
    let scale = f64::from(side_px) / width.max(height);
    let (across, down) = (width * scale, height * scale);
    let (left, top) = ((f64::from(side_px) - across) / 2.0, (f64::from(side_px) - down) / 2.0);
    if over.is_none() {
        context.clear_rect(0.0, 0.0, f64::from(side_px), f64::from(side_px));
    }
    context.set_global_alpha(over.unwrap_or(1.0));
    let _ = context.draw_image_with_html_canvas_element_and_dw_and_dh(&cut, left, top, across, down);
}

/// A part of a picture on a canvas of its size. The whole picture would take some 10 ms a megapixel to copy.
fn cut_out(pixels: &Uint8Array, of: &Opened, part: Region) -> Option<HtmlCanvasElement> {
    let canvas: HtmlCanvasElement = window().document()?.create_element("canvas").ok()?.unchecked_into();
    paint(&canvas, part.width_px, part.height_px, None);
    let context: CanvasRenderingContext2d = canvas.get_context("2d").ok()??.unchecked_into();
    let image = image_data(pixels, of.width_px, of.height_px)?;
    let (x, y) = (f64::from(part.x_px), f64::from(part.y_px));
    let (width, height) = (f64::from(part.width_px), f64::from(part.height_px));
    context
        .put_image_data_with_dirty_x_and_dirty_y_and_dirty_width_and_dirty_height(&image, -x, -y, x, y, width, height)
        .ok()?;
    Some(canvas)
}
