//! The laboratory as its users run it. Needs the lab's root, which takes root to make.

mod device_path;
mod executed;
mod fake_node;
mod floors;
mod kit;
mod predictions;
mod run;
