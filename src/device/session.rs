//! One problem in device memory, computed by one pipeline after another.

use std::borrow::Cow;
use std::ops::Range;
use std::rc::Rc;
use std::time::Instant;

use super::gpu::OpenDevice;
use super::readback;
use super::timestamps::Timestamps;
use crate::check::GUARD_BYTES;
use crate::data::Operands;
use crate::kernel::Variant;
use crate::measure::{Fault, Pacer, Sample, Session};
use crate::problem::Problem;
use crate::units::Seconds;

pub(super) struct GpuSession {
    open: Rc<OpenDevice>,
    problem: Problem,
    params: wgpu::Buffer,
    output: wgpu::Buffer,
    inputs: Vec<wgpu::Buffer>,
    timestamps: Option<Timestamps>,
    pacer: Pacer,
    selected: Option<Selected>,
}

struct Selected {
    pipeline: wgpu::ComputePipeline,
    bindings: wgpu::BindGroup,
    grid: [u32; 3],
}

const PARAMS_BYTES: u64 = 16;

impl GpuSession {
    pub(super) fn new(open: Rc<OpenDevice>, problem: Problem) -> Result<Self, Fault> {
        let buffer = |label: &str, size: u64, usage: wgpu::BufferUsages| {
            open.guarded(|| {
                open.device.create_buffer(&wgpu::BufferDescriptor {
                    label: Some(label),
                    size,
                    usage,
                    mapped_at_creation: false,
                })
            })
        };
        use wgpu::BufferUsages as Usage;
        let inputs =
            problem.input_bytes().into_iter().map(|size| buffer("input", size, Usage::STORAGE | Usage::COPY_DST));
        Ok(Self {
            inputs: inputs.collect::<Result<_, _>>()?,
            params: buffer("params", PARAMS_BYTES, Usage::UNIFORM | Usage::COPY_DST)?,
            output: buffer("output", output_size(&problem), Usage::STORAGE | Usage::COPY_DST | Usage::COPY_SRC)?,
            timestamps: Timestamps::new(&open)?,
            pacer: Pacer::new(open.submission),
            selected: None,
            problem,
            open,
        })
    }

    fn bind(&self, pipeline: &wgpu::ComputePipeline, variant: &Variant) -> wgpu::BindGroup {
        let inputs = variant.inputs(&self.problem).into_iter().map(|input| &self.inputs[input]);
        let buffers = [&self.params, &self.output].into_iter().chain(inputs);
        let entries: Vec<_> = (0..)
            .zip(buffers)
            .map(|(binding, buffer)| wgpu::BindGroupEntry { binding, resource: buffer.as_entire_binding() })
            .collect();
        self.open.device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: None,
            layout: &pipeline.get_bind_group_layout(0),
            entries: &entries,
        })
    }

    /// One submission of `dispatches` dispatches in one pass, awaited.
    fn submit(&self, selected: &Selected, dispatches: u32) -> Result<Sample, Fault> {
        let open = &self.open;
        let mut encoder = open.device.create_command_encoder(&wgpu::CommandEncoderDescriptor { label: None });
        {
            let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor {
                label: None,
                timestamp_writes: self.timestamps.as_ref().map(Timestamps::writes),
            });
            pass.set_pipeline(&selected.pipeline);
            pass.set_bind_group(0, &selected.bindings, &[]);
            let [x, y, z] = selected.grid;
            for _ in 0..dispatches {
                pass.dispatch_workgroups(x, y, z);
            }
        }
        if let Some(timestamps) = &self.timestamps {
            timestamps.resolve(&mut encoder);
        }
        let commands = open.guarded(|| encoder.finish())?;
        let start = Instant::now();
        open.queue.submit([commands]);
        open.wait()?;
        let wall_s = Seconds::from(start.elapsed());
        let gpu_s = self.timestamps.as_ref().map(|timestamps| timestamps.elapsed(open)).transpose()?;
        Ok(Sample { gpu_s, wall_s, dispatches, submissions: 1 })
    }
}

impl Session for GpuSession {
    fn load(&mut self, operands: &Operands) -> Result<(), Fault> {
        for (array, (buffer, size)) in self.inputs.iter().zip(self.problem.input_bytes()).enumerate() {
            readback::write(&self.open, buffer, size, |range| Cow::Owned(operands.bytes(array, range)))?;
        }
        let size = output_size(&self.problem);
        let unwritten = readback::unwritten(size);
        let piece = |range: Range<u64>| &unwritten[..usize::try_from(range.end - range.start).unwrap_or(0)];
        readback::write(&self.open, &self.output, size, |range| Cow::Borrowed(piece(range)))
    }

    fn select(&mut self, variant: &Variant) -> Result<(), Fault> {
        let pipeline = self.open.pipeline(variant)?;
        let bindings = self.open.guarded(|| self.bind(&pipeline, variant))?;
        let grid = variant.grid(&self.problem, self.open.workgroups_per_dimension);
        let params = variant.params(&self.problem);
        readback::write(&self.open, &self.params, PARAMS_BYTES, |_| Cow::Borrowed(bytemuck::bytes_of(&params)))?;
        self.selected = Some(Selected { pipeline, bindings, grid });
        self.pacer = Pacer::new(self.open.submission);
        Ok(())
    }

    fn time(&mut self, dispatches: u32) -> Result<Sample, Fault> {
        let selected = self.selected.as_ref().ok_or_else(|| Fault::Refused("no kernel was selected".to_owned()))?;
        let mut total: Option<Sample> = None;
        let mut left = dispatches;
        while left > 0 {
            let part = self.submit(selected, self.pacer.next(left))?;
            self.pacer.learn(part.dispatches, part.wall_s);
            left -= part.dispatches;
            total = Some(total.map_or(part, |sum| sum.and(part)));
        }
        total.ok_or_else(|| Fault::Refused("no dispatches were asked for".to_owned()))
    }

    fn output(&mut self, range: Range<u64>) -> Result<Vec<u8>, Fault> {
        readback::read(&self.open, &self.output, range)
    }
}

fn output_size(problem: &Problem) -> u64 {
    problem.output_bytes() + GUARD_BYTES
}
