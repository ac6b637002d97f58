//! A plan as a module of burn, run by burn's own layers: what is trained, what PyTorch is compared with, and what the
//! reference engine runs.

use std::ops::Range;

use burn::module::{Module, Param, RunningState};
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::pool::MaxPool2dConfig;
use burn::nn::{BatchNorm, BatchNormConfig, Initializer, Linear, LinearConfig, PaddingConfig2d};
use burn::tensor::activation::relu;
use burn::tensor::{Device, Tensor, TensorData};

use crate::failure::{Error, Result};
use crate::parameters::{Array, Arrays};
use crate::plan::{HeadLayer, NodeId, Operation, Plan, Window};

/// What one pass of a batch leaves behind.
#[derive(Clone, Debug)]
pub struct BatchActivations {
    /// The last feature maps, `[batch, channels, height, width]`.
    pub maps: Tensor<4>,
    /// Mean of the feature maps that the gate looks at, `[batch, features]`.
    pub features: Tensor<2>,
    /// Score of each class before softmax, `[batch, classes]`.
    pub scores: Tensor<2>,
}

/// Looks at what a node writes, `[batch, channels, height, width]`, and tells what later nodes read in its place.
pub type See<'a> = dyn FnMut(NodeId, Tensor<4>) -> Tensor<4> + 'a;

/// The layers of a plan, each kind in the plan's order.
#[derive(Module, Debug)]
pub struct BurnNetwork {
    convolutions: Vec<Conv2d>,
    norms: Vec<BatchNorm>,
    linears: Vec<Linear>,
    #[module(skip)]
    plan: Plan,
}

#[allow(clippy::missing_panics_doc, reason = "it has one layer for each of its plan, which nobody can change")]
impl BurnNetwork {
    /// With random weights after He et al., "Delving Deep into Rectifiers" (2015).
    pub fn new(plan: &Plan, device: &Device) -> Self {
        let (mut convolutions, mut norms) = (Vec::new(), Vec::new());
        for node in &plan.nodes {
            match &node.operation {
                Operation::Convolution { window, .. } => {
                    let inputs = plan.nodes[node.inputs[0]].shape.channels;
                    convolutions.push(convolution(inputs, node.shape.channels, *window, device));
                }
                Operation::BatchNorm { .. } => norms.push(BatchNormConfig::new(node.shape.channels).init(device)),
                Operation::Input | Operation::Relu | Operation::Add | Operation::MaxPool(_) => {}
            }
        }
        let linear = |layer: &HeadLayer| match layer {
            HeadLayer::Linear { inputs, outputs, .. } => Some(LinearConfig::new(*inputs, *outputs).init(device)),
            _ => None,
        };
        Self { convolutions, norms, linears: plan.head.iter().filter_map(linear).collect(), plan: plan.clone() }
    }

    /// What it is a module of.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// One pass.
    ///
    /// # Shapes
    /// - input: `[batch, channels, side, side]`
    pub fn forward(&self, input: Tensor<4>) -> BatchActivations {
        self.forward_seen(input, &mut unchanged)
    }

    /// The same; `see` gets what each node writes, and what it gives back is what later nodes read.
    ///
    /// # Shapes
    /// - input: `[batch, channels, side, side]`
    pub fn forward_seen(&self, input: Tensor<4>, see: &mut See) -> BatchActivations {
        let Plan { nodes, gate, maps, .. } = &self.plan;
        let mut written = vec![None; nodes.len()];
        written[0] = Some(input);
        self.walk(1..nodes.len(), &mut written, &[*gate, *maps], see);
        let written = |node: &NodeId| written[*node].clone().expect("the plan's nodes are all written");
        let maps = written(maps);
        BatchActivations { features: mean_of_maps(written(gate)), scores: self.head(maps.clone()), maps }
    }

    /// What a stage writes: the part in front that training can leave as it is.
    ///
    /// # Shapes
    /// - input: `[batch, channels, side, side]`
    ///
    /// # Errors
    /// [`Error::Weights`] when there is no such stage.
    pub fn forward_to(&self, stage: &str, input: Tensor<4>) -> Result<Tensor<4>> {
        let end = self.end_of(stage)?;
        let mut written = vec![None; self.plan.nodes.len()];
        written[0] = Some(input);
        self.walk(1..end, &mut written, &[end - 1], &mut unchanged);
        Ok(written.swap_remove(end - 1).expect("the last node of a stage is written"))
    }

    /// The scores from what a stage has written. Nothing after the stage may read what is before its end.
    ///
    /// # Shapes
    /// - output: `[batch, classes]`
    ///
    /// # Errors
    /// As [`Self::forward_to`].
    pub fn forward_from(&self, stage: &str, maps: Tensor<4>) -> Result<Tensor<2>> {
        let first = self.end_of(stage)?;
        let mut written = vec![None; self.plan.nodes.len()];
        written[first - 1] = Some(maps);
        self.walk(first..self.plan.nodes.len(), &mut written, &[self.plan.maps], &mut unchanged);
        Ok(self.head(written.swap_remove(self.plan.maps).expect("the last maps are written")))
    }

    /// The layers after the last feature maps.
    ///
    /// # Shapes
    /// - maps: `[batch, channels, height, width]`
    /// - output: `[batch, classes]`
    pub fn head(&self, maps: Tensor<4>) -> Tensor<2> {
        let mut linears = self.linears.iter();
        let mut layers = self.plan.head.iter();
        let numbers = match layers.next() {
            Some(HeadLayer::Mean) => mean_of_maps(maps), // [batch, channels]
            _ => maps.flatten(1, 3),                     // [batch, channels · height · width]
        };
        layers.fold(numbers, |numbers, layer| match layer {
            HeadLayer::Linear { .. } => linears.next().expect("one for each of the plan").forward(numbers),
            HeadLayer::Relu => relu(numbers),
            HeadLayer::Mean | HeadLayer::Flatten => numbers,
        })
    }

    /// Makes the batch norms of a stage use their stored statistics also while training.
    ///
    /// A few hundred films are too few to estimate them anew; their scale and shift still learn.
    #[must_use]
    pub fn with_fixed_batch_norms(mut self, stage: &str) -> Self {
        let nodes = self.plan.stage(stage).map_or(0..0, |stage| stage.nodes.clone());
        for at in self.norms_of(nodes) {
            self.norms[at].training = Param::from_bool(false);
        }
        self
    }

    /// The parameters of all layers by their names in the plan.
    ///
    /// # Errors
    /// [`Error::Compute`] when they cannot be read from their device.
    pub fn arrays(&self) -> Result<Arrays> {
        fn array<const D: usize>(tensor: Tensor<D>) -> Result<Array> {
            let shape = tensor.dims().to_vec();
            let values = tensor.try_into_vec_as::<f32>();
            Ok(Array { shape, values: values.map_err(|error| Error::Compute(format!("reading weights: {error:?}")))? })
        }
        let (mut convolutions, mut norms) = (self.convolutions.iter(), self.norms.iter());
        let mut all = Arrays::new();
        for node in &self.plan.nodes {
            match &node.operation {
                Operation::Convolution { name, .. } => {
                    let layer = convolutions.next().expect("one for each of the plan");
                    all.insert(format!("{name}.weight"), array(layer.weight.val())?);
                }
                Operation::BatchNorm { name } => {
                    let layer = norms.next().expect("one for each of the plan");
                    all.insert(format!("{name}.weight"), array(layer.gamma.val())?);
                    all.insert(format!("{name}.bias"), array(layer.beta.val())?);
                    all.insert(format!("{name}.running_mean"), array(layer.running_mean.value())?);
                    all.insert(format!("{name}.running_var"), array(layer.running_var.value())?);
                }
                Operation::Input | Operation::Relu | Operation::Add | Operation::MaxPool(_) => {}
            }
        }
        let names = self.plan.head.iter().filter_map(|layer| match layer {
            HeadLayer::Linear { name, .. } => Some(name),
            _ => None,
        });
        for (name, Linear { weight, bias }) in names.zip(&self.linears) {
            // burn keeps `[inputs, outputs]`.
            all.insert(format!("{name}.weight"), array(weight.val().transpose())?);
            if let Some(bias) = bias {
                all.insert(format!("{name}.bias"), array(bias.val())?);
            }
        }
        Ok(all)
    }

    /// The same network with these parameters; what is not among them stays.
    ///
    /// # Errors
    /// [`Error::Weights`] when one has another shape.
    pub fn with_arrays(mut self, arrays: &Arrays, device: &Device) -> Result<Self> {
        for parameter in self.plan.parameters() {
            if let Some(array) = arrays.get(&parameter.name)
                && array.shape != parameter.shape
            {
                let (name, shape) = (parameter.name, parameter.shape);
                return Err(Error::Weights(format!("{name} has the shape {:?} and not {shape:?}", array.shape)));
            }
        }
        let (mut convolutions, mut norms) = (self.convolutions.iter_mut(), self.norms.iter_mut());
        for node in &self.plan.nodes {
            match &node.operation {
                Operation::Convolution { name, .. } => {
                    let layer = convolutions.next().expect("one for each of the plan");
                    set(&mut layer.weight, arrays, &format!("{name}.weight"), device);
                }
                Operation::BatchNorm { name } => {
                    let layer = norms.next().expect("one for each of the plan");
                    set(&mut layer.gamma, arrays, &format!("{name}.weight"), device);
                    set(&mut layer.beta, arrays, &format!("{name}.bias"), device);
                    let running = |part: &str| tensor::<1>(arrays, &format!("{name}.{part}"), device);
                    if let Some(mean) = running("running_mean") {
                        layer.running_mean = RunningState::new(mean);
                    }
                    if let Some(variance) = running("running_var") {
                        layer.running_var = RunningState::new(variance);
                    }
                }
                Operation::Input | Operation::Relu | Operation::Add | Operation::MaxPool(_) => {}
            }
        }
        let mut linears = self.linears.iter_mut();
        for layer in &self.plan.head {
            if let HeadLayer::Linear { name, .. } = layer {
                let linear = linears.next().expect("one for each of the plan");
                if let Some(weight) = tensor::<2>(arrays, &format!("{name}.weight"), device) {
                    linear.weight = Param::from_tensor(weight.transpose());
                }
                if let Some(bias) = &mut linear.bias {
                    set(bias, arrays, &format!("{name}.bias"), device);
                }
            }
        }
        Ok(self)
    }

    /// The node after the last one of a stage.
    fn end_of(&self, stage: &str) -> Result<NodeId> {
        let found = self.plan.stage(stage).map(|stage| stage.nodes.end);
        found.ok_or_else(|| Error::Weights(format!("the network has no stage {stage}")))
    }

    fn norms_of(&self, nodes: Range<NodeId>) -> Range<usize> {
        let before = |end: NodeId| {
            let nodes = &self.plan.nodes[..end];
            nodes.iter().filter(|node| matches!(node.operation, Operation::BatchNorm { .. })).count()
        };
        before(nodes.start)..before(nodes.end)
    }

    /// Runs some of the plan's nodes; what no later one reads goes, unless it is kept.
    fn walk(&self, nodes: Range<NodeId>, written: &mut [Option<Tensor<4>>], kept: &[NodeId], see: &mut See) {
        let all = &self.plan.nodes;
        let of = |is: fn(&Operation) -> bool| all[..nodes.start].iter().filter(|node| is(&node.operation)).count();
        let mut convolutions = self.convolutions[of(|is| matches!(is, Operation::Convolution { .. }))..].iter();
        let mut norms = self.norms[of(|is| matches!(is, Operation::BatchNorm { .. }))..].iter();
        for node in nodes {
            let inputs = &all[node].inputs;
            let read =
                |at: usize| written[inputs[at]].clone().expect("a plan's nodes read what earlier ones have written");
            let next = match &all[node].operation {
                Operation::Input => continue,
                Operation::Convolution { .. } => {
                    convolutions.next().expect("one for each of the plan").forward(read(0))
                }
                Operation::BatchNorm { .. } => norms.next().expect("one for each of the plan").forward(read(0)),
                Operation::Relu => relu(read(0)),
                Operation::Add => read(0) + read(1),
                Operation::MaxPool(Window { side, stride, padding }) => MaxPool2dConfig::new([*side, *side])
                    .with_strides([*stride, *stride])
                    .with_padding(PaddingConfig2d::Explicit(*padding, *padding, *padding, *padding))
                    .init()
                    .forward(read(0)),
            };
            written[node] = Some(see(node, next));
            for input in inputs {
                let is_read_later = all[node + 1..].iter().any(|later| later.inputs.contains(input));
                if !is_read_later && !kept.contains(input) {
                    written[*input] = None;
                }
            }
        }
    }
}

fn unchanged(_: NodeId, written: Tensor<4>) -> Tensor<4> {
    written
}

/// # Shapes
/// - maps: `[batch, channels, height, width]`
/// - output: `[batch, channels]`
pub fn mean_of_maps(maps: Tensor<4>) -> Tensor<2> {
    maps.mean_dim(3).mean_dim(2).flatten(1, 3)
}

fn convolution(inputs: usize, outputs: usize, window: Window, device: &Device) -> Conv2d {
    let Window { side, stride, padding } = window;
    Conv2dConfig::new([inputs, outputs], [side, side])
        .with_stride([stride, stride])
        .with_padding(PaddingConfig2d::Explicit(padding, padding, padding, padding))
        .with_bias(false)
        .with_initializer(Initializer::KaimingNormal { gain: 2.0_f64.sqrt(), fan_out_only: false })
        .init(device)
}

fn tensor<const D: usize>(arrays: &Arrays, name: &str, device: &Device) -> Option<Tensor<D>> {
    let Array { shape, values } = arrays.get(name)?;
    Some(Tensor::from_data(TensorData::new(values.clone(), shape.clone()), device))
}

fn set<const D: usize>(parameter: &mut Param<Tensor<D>>, arrays: &Arrays, name: &str, device: &Device) {
    if let Some(tensor) = tensor(arrays, name, device) {
        *parameter = Param::from_tensor(tensor);
    }
}
