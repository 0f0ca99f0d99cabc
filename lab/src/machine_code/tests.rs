//! The parsers against samples that were compiled from samples/sample.wgsl and counted by hand.

use super::{Analysis, Dialect, Kind, Line, Profile, analyse};

fn sample(dialect: Dialect, name: &str) -> Analysis {
    let path = format!("{}/samples/{name}.txt", env!("CARGO_MANIFEST_DIR"));
    analyse(dialect, &std::fs::read_to_string(path).expect("the sample is there"))
}

fn hot_loop(dialect: Dialect, name: &str) -> Profile {
    sample(dialect, name).hot_loop.expect("the sample has a loop that computes")
}

fn loads(profile: &Profile) -> Vec<(&str, u32)> {
    profile.loads.iter().map(|(name, count)| (name.as_str(), *count)).collect()
}

#[test]
fn nvidia() {
    let profile = hot_loop(Dialect::Nvidia, "ga100");
    assert_eq!(profile.instructions, 18, "{profile:?}");
    assert_eq!(profile.multiply_adds, 4, "{profile:?}");
    assert_eq!((profile.conversions, profile.waits), (1, 0), "{profile:?}");
    assert_eq!(loads(&profile), [("global 16", 1), ("workgroup 128", 1)]);
    let program = sample(Dialect::Nvidia, "ga100").program;
    assert_eq!(program.stores.get("global 128"), Some(&1), "{program:?}");
    assert_eq!(program.stores.get("workgroup 128"), Some(&1), "{program:?}");
}

#[test]
fn amd_mixes_formats_where_it_has_an_instruction_for_it() {
    let profile = hot_loop(Dialect::Amd, "navi31");
    assert_eq!(profile.instructions, 19, "{profile:?}");
    assert_eq!((profile.multiply_adds, profile.conversions), (4, 0), "v_fma_mix needs no conversion: {profile:?}");
    assert_eq!(profile.waits, 4, "{profile:?}");
    assert_eq!(loads(&profile), [("global 16", 1), ("workgroup 64", 2)]);
}

#[test]
fn amd_before_rdna_names_instructions_otherwise() {
    let profile = hot_loop(Dialect::Amd, "mi200");
    assert_eq!(profile.instructions, 17, "{profile:?}");
    assert_eq!((profile.multiply_adds, profile.waits), (4, 2), "{profile:?}");
    assert_eq!(loads(&profile), [("global 16", 1), ("workgroup 64", 2)]);
}

#[test]
fn intel() {
    let profile = hot_loop(Dialect::Intel, "bmg");
    assert_eq!(profile.instructions, 19, "{profile:?}");
    assert_eq!((profile.multiply_adds, profile.conversions, profile.waits), (4, 1, 2), "{profile:?}");
    assert_eq!(loads(&profile), [("global 16", 1), ("workgroup 128", 1)]);
}

fn one(dialect: Dialect, text: &str) -> Kind {
    let lines = match dialect {
        Dialect::Nvidia => super::nvidia::parse(text),
        Dialect::Amd => super::amd::parse(text),
        Dialect::Intel => super::intel::parse(text),
    };
    match &lines[..] {
        [Line::Instruction(kind, _)] => kind.clone(),
        other => panic!("{text}: one instruction, not {other:?}"),
    }
}

#[test]
fn packed_dual_and_matrix_instructions_count_what_they_do() {
    assert_eq!(one(Dialect::Nvidia, "r32 = hfma2 r36.xx r53 r32 // delay=1"), Kind::MultiplyAdd(2));
    assert_eq!(one(Dialect::Nvidia, "r4..8 = hmma.m16n8k16.f32 r1 r2 r4..8"), Kind::Matrix);
    assert_eq!(one(Dialect::Nvidia, "r3 pT = shfl.idx r2 0x1 0x1f // delay=2"), Kind::Shuffle);
    assert_eq!(one(Dialect::Amd, "v_pk_fma_f16 v1, v2, v3, v1 ; cc"), Kind::MultiplyAdd(2));
    let dual = "v_dual_fmac_f32 v1, v2, v3 :: v_dual_fmac_f32 v4, v5, v6 ; c8";
    assert_eq!(one(Dialect::Amd, dual), Kind::MultiplyAdd(2));
    assert_eq!(one(Dialect::Amd, "v_dual_mov_b32 v1, 0 :: v_dual_mov_b32 v2, 0"), Kind::Move);
    assert_eq!(one(Dialect::Amd, "v_wmma_f32_16x16x16_f16 v[0:7], v[8:15], v[16:23], v[0:7]"), Kind::Matrix);
    assert_eq!(one(Dialect::Intel, "mad(16)  g2<1>D  g2<8,8,1>D  g4<8,8,1>D  g6<1,1,1>D { align1 };"), Kind::Other);
}

#[test]
fn the_innermost_loop_with_the_most_arithmetic_is_the_hot_one() {
    let text = "BB0:\nBB1:\nv_fma_f32 v1, v1, v1, v1\nv_fma_f32 v1, v1, v1, v1\ns_cbranch_scc0 BB1\n\
                BB2:\nv_fma_f32 v1, v1, v1, v1\ns_cbranch_scc0 BB2\ns_cbranch_scc1 BB0\n";
    let analysis = analyse(Dialect::Amd, text);
    let profile = analysis.hot_loop.expect("two loops in a loop");
    assert_eq!((profile.multiply_adds, profile.arithmetic, profile.instructions), (2, 2, 3), "{profile:?}");
    assert_eq!(
        (analysis.around.multiply_adds, analysis.around.instructions),
        (1, 3),
        "the other loop, and the way back"
    );
}

#[test]
fn no_loop_computes_in_a_copy() {
    let analysis = analyse(Dialect::Amd, "BB0:\nbuffer_load_b128 v[0:3], v0, s[0:3], 0 offen\ns_endpgm\n");
    assert_eq!(analysis.hot_loop, None);
    assert_eq!(analysis.program.instructions, 2);
}

#[test]
fn what_follows_a_loop_does_not_belong_to_it_where_it_stands_before_the_loops_end() {
    let text = "block.u 0 L1 [] -> {\n r1 = mov rZ\n} -> [1]\nblock.u 1 L2 [0, 3] -> {\n bra !up0 L3\n} -> [2, 3]\n\
                block 2 L4 [1] -> {\n r2 = mov r1\n r2 = mov r1\n exit\n} -> []\n\
                block.u 3 L3 [1] -> {\n r1 = ffma r1 r1 r1\n bra pT L2\n} -> [1]\n";
    let profile = analyse(Dialect::Nvidia, text).hot_loop.expect("a loop");
    assert_eq!((profile.multiply_adds, profile.instructions, profile.moves), (1, 3, 0), "{profile:?}");
}
