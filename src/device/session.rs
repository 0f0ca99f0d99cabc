//! One problem in device memory, computed by one kernel after another.

use std::borrow::Cow;
use std::ops::Range;
use std::rc::Rc;
use std::time::Instant;

use super::gpu::OpenDevice;
use super::readback;
use super::timestamps::Timestamps;
use crate::check::GUARD_BYTES;
use crate::kernel::{Command, Launch, Shape, Variant};
use crate::measure::{Fault, Pacer, Sample, Session, counted};
use crate::problem::{Operands, Overhead, OverheadKind, Problem};
use crate::units::Seconds;

pub(super) struct GpuSession {
    open: Rc<OpenDevice>,
    problem: Problem,
    parts: Vec<Part>,
    timestamps: Option<Timestamps>,
    /// Longest submission; zero where each dispatch is to have its own.
    submission: Seconds,
    pacer: Pacer,
    /// Whether a single dispatch is longer than a submission may be, so that each part gets its own.
    is_long: bool,
    selected: Option<Selected>,
    dispatched: u64,
}

/// One buffer of each array; a pass over an array takes one after the other.
struct Part {
    params: wgpu::Buffer,
    output: wgpu::Buffer,
    inputs: Vec<wgpu::Buffer>,
}

enum Selected {
    Kernel { pipeline: wgpu::ComputePipeline, bindings: Vec<wgpu::BindGroup>, grid: [u32; 3] },
    Copy,
}

const PARAMS_BYTES: u64 = 16;

/// A dispatch is submitted in parts from this part of the longest submission on.
const LONG: f64 = 0.9;

impl Part {
    fn new(open: &OpenDevice, problem: &Problem) -> Result<Self, Fault> {
        use wgpu::BufferUsages as Usage;
        let copied = Usage::COPY_DST | Usage::COPY_SRC;
        let input = |size| open.buffer("input", size, Usage::STORAGE | copied);
        Ok(Self {
            inputs: problem.part_input_bytes().into_iter().map(input).collect::<Result<_, _>>()?,
            params: open.buffer("params", PARAMS_BYTES, Usage::UNIFORM | Usage::COPY_DST)?,
            output: open.buffer("output", problem.part_output_bytes() + GUARD_BYTES, Usage::STORAGE | copied)?,
        })
    }

    fn bind(&self, open: &OpenDevice, pipeline: &wgpu::ComputePipeline, launch: &Launch) -> wgpu::BindGroup {
        let inputs = launch.inputs.iter().map(|&input| &self.inputs[input]);
        let buffers = [&self.params, &self.output].into_iter().chain(inputs);
        let entries: Vec<_> = (0..)
            .zip(buffers)
            .map(|(binding, buffer)| wgpu::BindGroupEntry { binding, resource: buffer.as_entire_binding() })
            .collect();
        open.device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: None,
            layout: &pipeline.get_bind_group_layout(0),
            entries: &entries,
        })
    }
}

impl GpuSession {
    pub(super) fn new(open: Rc<OpenDevice>, problem: Problem) -> Result<Self, Fault> {
        let round_trips = matches!(problem, Problem::Overhead(Overhead { what: OverheadKind::RoundTrip, .. }));
        let submission = if round_trips { Seconds::new(0.0) } else { open.submission };
        Ok(Self {
            parts: (0..problem.parts()).map(|_| Part::new(&open, &problem)).collect::<Result<_, _>>()?,
            // A round trip is what the host sees of it.
            timestamps: if round_trips { None } else { Timestamps::new(&open)? },
            pacer: Pacer::new(submission),
            is_long: false,
            submission,
            selected: None,
            dispatched: 0,
            problem,
            open,
        })
    }

    /// One dispatch, each of its parts a submission of its own.
    fn submit_parts(&self, selected: &Selected) -> Result<Sample, Fault> {
        let mut parts = (0..self.parts.len()).map(|part| self.submit(selected, 1, part..part + 1));
        let first = parts.next().unwrap_or(Err(Fault::Misuse("the problem has no parts")))?;
        let all = parts.try_fold(first, |sum, part| Ok(sum.and(part?)))?;
        Ok(Sample { dispatches: 1, ..all })
    }

    /// One submission of `dispatches` dispatches over some of the parts, awaited.
    fn submit(&self, selected: &Selected, dispatches: u32, parts: Range<usize>) -> Result<Sample, Fault> {
        let open = &self.open;
        let mut encoder = open.device.create_command_encoder(&wgpu::CommandEncoderDescriptor { label: None });
        let timestamps = match selected {
            Selected::Kernel { pipeline, bindings, grid } => {
                let timestamps = self.timestamps.as_ref();
                let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor {
                    label: None,
                    timestamp_writes: timestamps.map(Timestamps::writes),
                });
                pass.set_pipeline(pipeline);
                let [x, y, z] = *grid;
                for bindings in
                    std::iter::repeat_n(&bindings[parts], (dispatches * self.problem.repeats()) as usize).flatten()
                {
                    pass.set_bind_group(0, bindings, &[]);
                    pass.dispatch_workgroups(x, y, z);
                }
                timestamps
            }
            Selected::Copy => {
                let timestamps = self.timestamps.as_ref().filter(|timestamps| timestamps.stamps_between_passes());
                timestamps.inspect(|timestamps| timestamps.begin(&mut encoder));
                for part in std::iter::repeat_n(&self.parts[parts], dispatches as usize).flatten() {
                    encoder.copy_buffer_to_buffer(
                        &part.inputs[0],
                        0,
                        &part.output,
                        0,
                        self.problem.part_output_bytes(),
                    );
                }
                timestamps.inspect(|timestamps| timestamps.end(&mut encoder))
            }
        };
        timestamps.inspect(|timestamps| timestamps.resolve(&mut encoder));
        let commands = open.device.guarded(|| encoder.finish())?;
        let start = Instant::now();
        open.queue.submit([commands]);
        open.wait()?;
        let wall_s = Seconds::from(start.elapsed());
        let gpu_s = timestamps.map(|timestamps| timestamps.elapsed(open)).transpose()?.flatten();
        Ok(Sample { gpu_s, wall_s, dispatches, submissions: 1 })
    }
}

impl Session for GpuSession {
    fn load(&mut self, operands: &Operands) -> Result<(), Fault> {
        for (number, part) in (0..).zip(&self.parts) {
            for (array, (buffer, size)) in part.inputs.iter().zip(self.problem.part_input_bytes()).enumerate() {
                let bytes =
                    |range: Range<u64>| operands.bytes(array, number * size + range.start..number * size + range.end);
                readback::write(&self.open, buffer, size, |range| Cow::Owned(bytes(range)))?;
            }
        }
        self.clear()
    }

    fn clear(&mut self) -> Result<(), Fault> {
        self.dispatched = 0;
        let size = self.problem.part_output_bytes() + GUARD_BYTES;
        self.parts.iter().try_for_each(|part| readback::unwrite(&self.open, &part.output, size))
    }

    fn select(&mut self, variant: &Variant) -> Result<(), Fault> {
        if variant.shape == Shape::Command(Command::Copy) {
            self.selected = Some(Selected::Copy);
            self.pacer = Pacer::new(self.submission);
            return Ok(());
        }
        // Nothing is compiled that would leave the buffers.
        self.launch(variant, 0)?;
        let pipeline = self.open.compiler.pipeline(variant)?;
        self.take(pipeline, variant)
    }

    fn compile_ahead(&mut self, variant: Option<&Variant>) {
        match variant {
            Some(variant) => self.open.compiler.begin(variant),
            None => drop(self.open.compiler.end()),
        }
    }

    fn time(&mut self, dispatches: u32) -> Result<Sample, Fault> {
        let selected = self.selected.as_ref().ok_or(Fault::Misuse("no kernel was selected"))?;
        let mut total: Option<Sample> = None;
        let mut left = dispatches;
        while left > 0 {
            let part = if self.is_long {
                self.submit_parts(selected)?
            } else {
                self.submit(selected, self.pacer.next(left), 0..self.parts.len())?
            };
            let each = part.wall_s.get() / f64::from(part.dispatches);
            self.is_long = self.parts.len() > 1 && each > LONG * self.submission.get();
            self.pacer.learn(part.dispatches, part.wall_s);
            left -= part.dispatches;
            self.dispatched += u64::from(part.dispatches);
            total = Some(total.map_or(part, |sum| sum.and(part)));
        }
        total.ok_or(Fault::Misuse("no dispatches were asked for"))
    }

    fn dispatched(&self) -> u64 {
        self.dispatched
    }

    fn output(&mut self, range: Range<u64>) -> Result<Vec<u8>, Fault> {
        let mut bytes = Vec::new();
        let mut at = range.start;
        while at < range.end {
            let (part, start, length) = self.place(at)?;
            let length = length.min(range.end - at);
            bytes.extend(readback::read(&self.open, &self.parts[part].output, start..start + length)?);
            at += length;
        }
        Ok(bytes)
    }
}

impl GpuSession {
    /// Makes `pipeline`, of `variant`, the one that is timed.
    pub(super) fn take(&mut self, pipeline: wgpu::ComputePipeline, variant: &Variant) -> Result<(), Fault> {
        let open = &self.open;
        let mut bindings = Vec::with_capacity(self.parts.len());
        for (number, part) in (0..).zip(&self.parts) {
            let launch = self.launch(variant, number)?;
            bindings.push(open.device.guarded(|| part.bind(open, &pipeline, &launch))?);
            let params = bytemuck::bytes_of(&launch.params);
            readback::write(open, &part.params, PARAMS_BYTES, |_| Cow::Borrowed(params))?;
        }
        let grid = self.launch(variant, 0)?.grid(open.workgroups_per_dimension);
        self.selected = Some(Selected::Kernel { pipeline, bindings, grid });
        self.pacer = Pacer::new(self.submission);
        Ok(())
    }

    fn launch(&self, variant: &Variant, part: u32) -> Result<Launch, Fault> {
        let refused = || Fault::Unsuited(format!("{} is not written for {}", variant.name(), self.problem));
        variant.launch(&self.problem, part).ok_or_else(refused)
    }

    /// The place of byte `at` of all outputs, which all guards follow: its part, its place in the buffer, and how many bytes follow there.
    fn place(&self, at: u64) -> Result<(usize, u64, u64), Fault> {
        let (output, all) = (self.problem.part_output_bytes(), self.problem.output_bytes());
        let (unit, first, at) = if at < all { (output, 0, at) } else { (GUARD_BYTES, output, at - all) };
        Ok((counted(at / unit, "parts")?, first + at % unit, unit - at % unit))
    }
}
