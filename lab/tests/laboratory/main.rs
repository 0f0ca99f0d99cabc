//! The laboratory as its users run it. Needs the lab's root, which takes root to make.

#[path = "../../../tests/child/mod.rs"]
mod child;
mod device_path;
mod executed;
mod fake_node;
mod floors;
mod kit;
mod predictions;
mod run;
#[path = "../../../tests/trials/mod.rs"]
mod trials;

use std::process::ExitCode;

fn main() -> ExitCode {
    trials::run(trials::trials![
        device_path::every_chip_is_named_and_nothing_on_it_is_believed,
        executed::kernels_on_matrix_units_are_right_and_broken_ones_are_found,
        executed::all_benchmarks_on_matrix_units_are_measured_and_compared_with_the_ordinary_ones,
        executed::matrix_units_that_a_driver_lists_and_refuses_are_not_asked_for,
        fake_node::a_node_is_seen_only_inside_and_leaves_nothing_behind,
        fake_node::unknown_chips_are_refused_with_the_list,
        floors::no_figure_fell,
        floors::a_needless_bounds_check_is_seen,
        floors::an_integer_division_in_the_hot_loop_is_seen,
        floors::an_index_that_the_compiler_cannot_resolve_is_seen,
        floors::an_unknown_chip_is_answered_with_the_list,
        floors::a_kernel_that_does_not_compile_is_a_row,
        kit::the_kit_ends_with_every_answer_found_wrong,
        predictions::kept_code_is_current,
    ])
}
