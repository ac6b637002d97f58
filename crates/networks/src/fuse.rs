//! A [`Plan`] → the steps that kernels run: batch norm, shortcut, ReLU and pooling become part of the convolution
//! that writes the result.

use crate::failure::{Error, Result};
use crate::plan::{NodeId, Operation, Plan, Window};

/// Outputs of a convolution are written so many at a time.
const LANES: usize = 8;
/// Channels of a pooling layer are compared so many at a time.
const POOLED_LANES: usize = 4;

/// What the kernels do one after the other. Images have the numbers of the nodes that write them.
#[derive(Clone, Debug, PartialEq)]
pub struct Steps {
    /// In order, each with the images that no later step reads.
    pub steps: Vec<(Step, Vec<NodeId>)>,
    /// How many numbers of images there are; the input is 0.
    pub images: usize,
    /// The image that the gate looks at.
    pub gate: NodeId,
    /// The last feature maps.
    pub maps: NodeId,
}

/// What a kernel does.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// See [`Fused`].
    Convolution(Fused),
    /// A pooling layer.
    MaxPool {
        /// Its window.
        window: Window,
        /// What it reads.
        input: NodeId,
        /// What it writes.
        output: NodeId,
    },
}

/// A convolution and what follows it.
#[derive(Clone, Debug, PartialEq)]
pub struct Fused {
    /// Of the convolution's parameters.
    pub name: String,
    /// Its kernel.
    pub window: Window,
    /// Channels that it reads.
    pub inputs: usize,
    /// Channels that it writes.
    pub outputs: usize,
    /// Rows of what it writes.
    pub rows: usize,
    /// Name of the parameters of the batch norm that follows it.
    pub norm: Option<String>,
    /// What is added.
    pub shortcut: Option<NodeId>,
    /// Whether what is below zero becomes zero.
    pub relu: bool,
    /// Of the pooling layer that alone reads the result, which is written pooled then.
    pub pool: Option<Window>,
    /// What it reads.
    pub input: NodeId,
    /// What it writes.
    pub output: NodeId,
}

/// The steps of a plan.
///
/// # Errors
/// [`Error::Weights`] for an operation, a size or an order of operations that the kernels do not know.
pub fn fuse(plan: &Plan) -> Result<Steps> {
    let readers = readers(plan);
    let mut fused: Vec<Option<Fused>> = vec![None; plan.nodes.len()];
    let mut is_part = vec![false; plan.nodes.len()];
    for (node, of) in plan.nodes.iter().enumerate() {
        if let Operation::Convolution { name, window } = &of.operation {
            let mut step = Fused {
                name: name.clone(),
                window: *window,
                inputs: plan.nodes[of.inputs[0]].shape.channels,
                outputs: of.shape.channels,
                rows: of.shape.height,
                norm: None,
                shortcut: None,
                relu: false,
                pool: None,
                input: of.inputs[0],
                output: node,
            };
            is_part[node] = true;
            while let Some(reader) = step.take_in(plan, &readers) {
                is_part[reader] = true;
                step.output = reader;
            }
            step.require_known()?;
            let end = step.output;
            fused[end] = Some(step);
        }
    }
    let mut steps = Vec::new();
    for (node, of) in plan.nodes.iter().enumerate() {
        let step = match (fused[node].take(), &of.operation) {
            (Some(step), _) => Step::Convolution(step),
            (None, Operation::Input) if node == 0 => continue,
            (None, Operation::MaxPool(window)) => {
                if !of.shape.channels.is_multiple_of(POOLED_LANES) || window.padding >= window.side {
                    return Err(unknown(&format!("a pooling layer of {} channels, {window:?}", of.shape.channels)));
                }
                Step::MaxPool { window: *window, input: of.inputs[0], output: node }
            }
            (None, _) if is_part[node] => continue,
            (None, operation) => return Err(unknown(&format!("{operation:?} by itself"))),
        };
        steps.push((step, Vec::new()));
    }
    free_early(plan, &mut steps);
    Ok(Steps { steps, images: plan.nodes.len(), gate: plan.gate, maps: plan.maps })
}

fn unknown(what: &str) -> Error {
    Error::Weights(format!("no kernel runs {what}"))
}

/// Who reads each node.
fn readers(plan: &Plan) -> Vec<Vec<NodeId>> {
    let mut readers = vec![Vec::new(); plan.nodes.len()];
    for (node, of) in plan.nodes.iter().enumerate() {
        of.inputs.iter().for_each(|input| readers[*input].push(node));
    }
    readers
}

/// Notes with the last step that reads an image that it can go.
fn free_early(plan: &Plan, steps: &mut [(Step, Vec<NodeId>)]) {
    let mut is_read_later = vec![false; plan.nodes.len()];
    // The input is the caller's.
    for kept in [0, plan.gate, plan.maps] {
        is_read_later[kept] = true;
    }
    for (step, freed) in steps.iter_mut().rev() {
        let (input, shortcut) = match step {
            Step::Convolution(fused) => (fused.input, fused.shortcut),
            Step::MaxPool { input, .. } => (*input, None),
        };
        for read in [Some(input), shortcut].into_iter().flatten() {
            if !std::mem::replace(&mut is_read_later[read], true) {
                freed.push(read);
            }
        }
    }
}

impl Fused {
    /// Makes the only operation that reads this step's output a part of it, and tells which it is.
    fn take_in(&mut self, plan: &Plan, readers: &[Vec<NodeId>]) -> Option<NodeId> {
        let [reader] = readers[self.output][..] else { return None };
        if [plan.gate, plan.maps].contains(&self.output) || self.pool.is_some() {
            return None;
        }
        let of = &plan.nodes[reader];
        match &of.operation {
            Operation::MaxPool(window) if window.padding < window.side => self.pool = Some(*window),
            _ if self.relu => return None,
            Operation::BatchNorm { name } if self.norm.is_none() && self.shortcut.is_none() => {
                self.norm = Some(name.clone());
            }
            // Of two convolutions that are added the second one is the shortcut.
            Operation::Add if self.shortcut.is_none() && of.inputs[0] == self.output => {
                self.shortcut = Some(of.inputs[1]);
            }
            Operation::Relu => self.relu = true,
            _ => return None,
        }
        Some(reader)
    }

    fn require_known(&self) -> Result<()> {
        let Self { name, window, inputs, outputs, .. } = self;
        let is_known = window.side % 2 == 1 && window.padding == window.side / 2 && outputs.is_multiple_of(LANES);
        if is_known { Ok(()) } else { Err(unknown(&format!("{name}: {inputs} → {outputs} channels, {window:?}"))) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::architectures::Architecture;
    use crate::builder::Builder;

    fn steps(draw: impl FnOnce(&Builder)) -> Result<Steps> {
        fuse(&Builder::plan(draw, 32)?)
    }

    #[test]
    fn resnet18_is_twenty_convolutions() {
        let plan = Architecture::named("resnet18").expect("known").plan(224, 3).expect("sound");
        let Steps { steps, .. } = fuse(&plan).expect("all kernels are known");
        assert_eq!(steps.len(), 20);
        let fused: Vec<&Fused> = steps
            .iter()
            .filter_map(|(step, _)| if let Step::Convolution(fused) = step { Some(fused) } else { None })
            .collect();
        assert!(fused.iter().all(|step| step.norm.is_some()));
        assert_eq!(fused.iter().filter(|step| step.shortcut.is_some()).count(), 8);
        // Only the three convolutions of shortcuts have no ReLU of their own.
        assert_eq!(fused.iter().filter(|step| !step.relu).count(), 3);
    }

    #[test]
    fn an_image_goes_with_its_last_reader() {
        let plan = Architecture::named("resnet18").expect("known").plan(224, 3).expect("sound");
        let Steps { steps, gate, maps, .. } = fuse(&plan).expect("all kernels are known");
        let freed: Vec<NodeId> = steps.iter().flat_map(|(_, freed)| freed).copied().collect();
        assert!(!freed.contains(&gate) && !freed.contains(&maps) && !freed.contains(&0));
        // All that is written but what is kept.
        assert_eq!(freed.len(), steps.len() - 2);
    }

    #[test]
    fn what_no_kernel_runs_is_an_error_with_its_reason() {
        type Draw = fn(&Builder);
        let cases: [(Draw, &str); 5] = [
            (
                |b| _ = b.input(1).conv("c", Window::square(3).padding(1), 12).seen_by_gate().head().mean(),
                "12 channels",
            ),
            (|b| _ = b.input(1).conv("c", Window::square(4), 8).seen_by_gate().head().mean(), "side: 4"),
            (|b| _ = b.input(1).relu().seen_by_gate().head().mean(), "Relu by itself"),
            (|b| _ = b.input(1).conv("c", Window::square(33), 8).seen_by_gate().head().mean(), "too small"),
            (|b| _ = b.input(1).conv("c", Window::square(3).padding(1), 8).seen_by_gate().head().relu(), "begins with"),
        ];
        for (draw, reason) in cases {
            let error = steps(draw).expect_err(reason).to_string();
            assert!(error.contains(reason), "«{error}» does not say «{reason}»");
        }
        assert!(
            steps(|b| _ = b.input(1).conv("c", Window::square(3).padding(1), 8).seen_by_gate().head().mean()).is_ok()
        );
    }
}
