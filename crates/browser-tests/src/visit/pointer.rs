//! What a mouse does on the page.

use std::path::Path;

use anyhow::Result;
use headless_chrome::protocol::cdp::Input;

use super::Visit;

impl Visit {
    /// Lets files and folders fall into the middle of the page.
    pub fn drop(&self, paths: &[&Path]) -> Result<()> {
        use Input::DispatchDragEventTypeOption::{DragEnter, DragOver, Drop};
        let absolute = |path: &&Path| Ok(path.canonicalize()?.to_string_lossy().into_owned());
        let files: Vec<String> = paths.iter().map(absolute).collect::<Result<_>>()?;
        for step in [DragEnter, DragOver, Drop] {
            self.tab.call_method(Input::DispatchDragEvent {
                Type: step,
                x: 400.0,
                y: 400.0,
                data: Input::DragData { items: Vec::new(), files: Some(files.clone()), drag_operations_mask: 1 },
                modifiers: None,
            })?;
        }
        Ok(())
    }

    /// Presses the mouse's button at one place of the window, moves it to another and lets go, in CSS pixels.
    pub fn drag(&self, from: (f64, f64), to: (f64, f64)) -> Result<()> {
        use Input::DispatchMouseEventTypeOption::{MouseMoved, MousePressed, MouseReleased};
        for (step, (x, y), buttons) in
            [(MouseMoved, from, 0), (MousePressed, from, 1), (MouseMoved, to, 1), (MouseReleased, to, 0)]
        {
            self.tab.call_method(Input::DispatchMouseEvent {
                Type: step,
                x,
                y,
                modifiers: None,
                timestamp: None,
                button: Some(Input::MouseButton::Left),
                buttons: Some(buttons),
                click_count: Some(1),
                force: None,
                tangential_pressure: None,
                tilt_x: None,
                tilt_y: None,
                twist: None,
                delta_x: None,
                delta_y: None,
                pointer_Type: None,
            })?;
        }
        Ok(())
    }
}
