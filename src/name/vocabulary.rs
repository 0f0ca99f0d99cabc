//! Words of product names, by what they say.

/// Words by which a maker is known, and the maker in lower case.
const MAKERS: [(&str, &str); 52] = [
    ("nvidia", "nvidia"),
    ("geforce", "nvidia"),
    ("quadro", "nvidia"),
    ("tesla", "nvidia"),
    ("grid", "nvidia"),
    ("jetson", "nvidia"),
    ("amd", "amd"),
    ("ati", "amd"),
    ("radeon", "amd"),
    ("instinct", "amd"),
    ("firepro", "amd"),
    ("intel", "intel"),
    ("habana", "intel"),
    ("apple", "apple"),
    ("huawei", "huawei"),
    ("cambricon", "cambricon"),
    ("hygon", "hygon"),
    ("moore", "moore threads"),
    ("threads", "moore threads"),
    ("moorethreads", "moore threads"),
    ("biren", "biren"),
    ("birentech", "biren"),
    ("iluvatar", "iluvatar"),
    ("corex", "iluvatar"),
    ("metax", "metax"),
    ("baidu", "baidu"),
    ("kunlunxin", "baidu"),
    ("alibaba", "alibaba"),
    ("enflame", "enflame"),
    ("jingjia", "jingjia"),
    ("lisuan", "lisuan"),
    ("sophgo", "sophgo"),
    ("google", "google"),
    ("aws", "amazon"),
    ("amazon", "amazon"),
    ("qualcomm", "qualcomm"),
    ("snapdragon", "qualcomm"),
    ("cerebras", "cerebras"),
    ("graphcore", "graphcore"),
    ("tenstorrent", "tenstorrent"),
    ("meta", "meta"),
    ("sambanova", "sambanova"),
    ("arm", "arm"),
    ("samsung", "samsung"),
    ("microsoft", "microsoft"),
    ("azure", "microsoft"),
    ("preferred", "preferred"),
    ("networks", "preferred"),
    ("pfn", "preferred"),
    ("imagination", "imagination"),
    ("powervr", "imagination"),
    ("neuron", "amazon"),
];

/// The maker that a word stands for.
pub(super) fn maker(word: &str) -> Option<&'static str> {
    MAKERS.iter().find(|(known, _)| *known == word).map(|(_, maker)| *maker)
}

/// Series that people leave out where a number follows.
const SERIES: [&str; 7] = ["rtx", "gtx", "rx", "arc", "mtt", "dcu", "ascend"];

pub(super) fn is_series(word: &str) -> bool {
    SERIES.contains(&word)
}

/// Words that say nothing of the product, from drivers, makers' full names and shops.
const NOISE: [&str; 111] = [
    "device",
    "engine",
    "lc",
    "pulse",
    "nitro",
    "windforce",
    "eagle",
    "ventus",
    "trio",
    "turnip",
    "freedreno",
    "nps1",
    "nps2",
    "nps4",
    "air",
    "cooled",
    "liquid",
    "r",
    "tm",
    "gpu",
    "gpus",
    "graphics",
    "card",
    "cards",
    "video",
    "adapter",
    "accelerator",
    "generation",
    "edition",
    "family",
    "corporation",
    "corp",
    "inc",
    "ltd",
    "co",
    "technologies",
    "technology",
    "limited",
    "the",
    "with",
    "design",
    "and",
    "of",
    "new",
    "tensor",
    "core",
    "cores",
    "cuda",
    "data",
    "center",
    "centre",
    "datacenter",
    "module",
    "memory",
    "ram",
    "vram",
    "dual",
    "slot",
    "mesa",
    "dri",
    "vulkan",
    "opengl",
    "directx",
    "direct3d11",
    "direct3d12",
    "d3d12",
    "sse2",
    "architecture",
    "founders",
    "fe",
    "reference",
    "gaming",
    "oc",
    "asus",
    "rog",
    "strix",
    "tuf",
    "msi",
    "gigabyte",
    "aorus",
    "zotac",
    "palit",
    "evga",
    "pny",
    "inno3d",
    "gainward",
    "colorful",
    "sapphire",
    "powercolor",
    "xfx",
    "asrock",
    "leadtek",
    "galax",
    "x16",
    "gen4",
    "gen5",
    "desktop",
    "cloud",
    "rev",
    "version",
    "for",
    "integrated",
    "dedicated",
    "discrete",
    "used",
    "refurbished",
    "oem",
    "box",
    "tray",
    "rack",
    "retail",
];

pub(super) fn is_noise(word: &str) -> bool {
    NOISE.contains(&word)
}

/// Architectures; `Ada` and `GCN` are parts of names.
const GENERATIONS: [&str; 11] =
    ["blackwell", "hopper", "lovelace", "ampere", "turing", "volta", "pascal", "maxwell", "kepler", "rdna", "cdna"];

pub(super) fn is_generation(word: &str) -> bool {
    GENERATIONS.contains(&word)
}

/// Words and beginnings of words that drivers and tools put in brackets.
const OF_DRIVERS: [&str; 39] = [
    "radv",
    "nvk",
    "llvm",
    "radeonsi",
    "drm",
    "uuid",
    "rev",
    "proprietary",
    "amdgpu",
    "nvgpu",
    "vega10",
    "gfx",
    "navi",
    "0x",
    "dg1",
    "dg2",
    "bmg",
    "adl",
    "rpl",
    "tgl",
    "mtl",
    "lnl",
    "arl",
    "ptl",
    "rkl",
    "icl",
    "cml",
    "cfl",
    "kbl",
    "skl",
    "alchemist",
    "battlemage",
    "aco",
    "turnip",
    "g13",
    "g14",
    "g15",
    "g16",
    "g17",
];

/// Whether what stands in brackets is a driver's or a tool's, or says nothing.
pub(super) fn is_of_drivers(words: &[String]) -> bool {
    let is_year = |word: &str| {
        word.len() == 4 && (word.starts_with("19") || word.starts_with("20")) && word.parse::<u32>().is_ok()
    };
    words.iter().any(|word| OF_DRIVERS.iter().any(|known| word.starts_with(known)))
        || words.iter().all(|word| is_noise(word) || is_year(word))
}

/// The form factor that a word stands for.
pub(super) fn is_form(word: &str) -> Option<&'static str> {
    match word {
        "pcie" | "pci" => Some("pcie"),
        "sxm" => Some("sxm"),
        "sxm2" => Some("sxm2"),
        "sxm3" => Some("sxm3"),
        "sxm4" => Some("sxm4"),
        "sxm5" => Some("sxm5"),
        "sxm6" => Some("sxm6"),
        "oam" => Some("oam"),
        _ => None,
    }
}

pub(super) fn is_memory_kind(word: &str) -> bool {
    ["hbm", "gddr", "lpddr"].iter().any(|kind| word.starts_with(kind))
}

/// Other words for the same.
pub(super) fn synonym(word: &str) -> &str {
    match word {
        "mobile" | "notebook" | "laptops" => "laptop",
        word => word,
    }
}

/// Words that tell products apart even in brackets.
const QUALIFIERS: [&str; 12] =
    ["laptop", "mobile", "notebook", "maxq", "super", "ti", "xt", "xtx", "gre", "core", "cores", "gb"];

/// Whether what stands in brackets tells products apart: `(Laptop)`, `(32-core GPU)`, `(SXM4 80GB)`, and not what drivers put there.
pub(super) fn is_qualifier(words: &[String]) -> bool {
    let tells = |word: &str| {
        QUALIFIERS.contains(&word)
            || is_form(word).is_some()
            || is_memory_kind(word)
            || super::memory_size(word).is_some()
    };
    let beside = |word: &str| tells(word) || is_noise(word) || word.bytes().all(|byte| byte.is_ascii_digit());
    words.iter().any(|word| tells(word)) && words.iter().all(|word| beside(word))
}

/// Words written in one, of which only these are known: `rtxpro`, `tisuper`.
pub(super) fn glued(word: &str) -> Vec<&str> {
    let split = |first: &str| {
        word.strip_prefix(first).filter(|rest| !rest.is_empty()).map(|rest| vec![&word[..first.len()], rest])
    };
    ["rtx", "gtx", "tesla", "quadro", "geforce", "radeon"]
        .iter()
        .find_map(|first| split(first))
        .or_else(|| (word == "tisuper").then(|| vec!["ti", "super"]))
        .unwrap_or_else(|| vec![word])
}

/// What other scripts write, and how it is written here.
pub(super) const TRANSLATED: [(&str, &str); 36] = [
    ("昇腾", " ascend "),
    ("昇騰", " ascend "),
    ("华为", " huawei "),
    ("華為", " huawei "),
    ("寒武纪", " cambricon "),
    ("思元", " mlu "),
    ("海光", " hygon "),
    ("深算", " shensuan "),
    ("摩尔线程", " moorethreads "),
    ("沐曦", " metax "),
    ("曦云", " xiyun "),
    ("曦思", " xisi "),
    ("壁仞", " biren "),
    ("壁砺", " bili "),
    ("天数智芯", " iluvatar "),
    ("天数", " iluvatar "),
    ("天垓", " tiangai "),
    ("智铠", " zhikai "),
    ("昆仑芯", " kunlun "),
    ("昆仑", " kunlun "),
    ("百度", " baidu "),
    ("平头哥", " alibaba "),
    ("阿里", " alibaba "),
    ("含光", " hanguang "),
    ("真武", " zhenwu "),
    ("燧原", " enflame "),
    ("云燧", " yunsui "),
    ("英伟达", " nvidia "),
    ("英特尔", " intel "),
    ("锐炫", " arc "),
    ("苹果", " apple "),
    ("谷歌", " google "),
    ("笔记本", " laptop "),
    ("移动版", " laptop "),
    ("显卡", " "),
    ("加速卡", " "),
];
