// C = A·B on matrix units, row-major, M, N and K multiples of a fragment's.
//
// Idea: a workgroup owns a tile of C, each of its subgroups FM×FN fragments of it. It walks along K in steps of BK and keeps its rows of A and its
// columns of B in workgroup memory, both with K running along the rows, which is how every matrix unit known loads them in the fewest
// instructions; rows are padded by 16 bytes, so that they begin in different banks. B comes as its transpose, or is transposed on its way in.
// Loading ahead, buffers and rasters are those of tiled.wgsl; ahead and with two buffers, the fragments of a multiplication are loaded during the one
// before as well, so that the units and workgroup memory work at the same time.
//
// Expects from the prelude: Left, Right, Sums (fragments of EDGE_M×EDGE_K, EDGE_K×EDGE_N, EDGE_M×EDGE_N), Element and Sum (their types), Wide (WIDE
// elements in 16 bytes), Cell (CELL elements of it: what the tiles are filled with), cell(Wide, number), SR×SC subgroups of LANES invocations (Place,
// subgroup_of, subgroups_of: which and how many they are), FM FN BK AHEAD BUFFERS, TRANSPOSED (1 where b is B's transpose;
// always where CELL is not 1). Where bytes or halves are packed an element is a word of several along K, and K is counted in words.
// Uses: shared/raster.wgsl, shared/workgroup_number.wgsl
// Needs: BUFFERS·(rows + columns of the tile)·(BK + WIDE) elements of workgroup memory. Any subgroup size gives the right answer, one of LANES the
// full speed.

struct Params {
    m: u32,
    n: u32,
    k: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> c: array<Sum>;
@group(0) @binding(2) var<storage, read> a: array<Wide>;
@group(0) @binding(3) var<storage, read> b: array<Wide>;

const BM: u32 = SR * FM * EDGE_M;
const BN: u32 = SC * FN * EDGE_N;
const PARTS: u32 = SR * SC;
const INVOCATIONS: u32 = PARTS * LANES;
const STRIDE: u32 = (BK + WIDE) / CELL;

// Wide loads along a row of the tiles, and of an invocation.
const PIECES: u32 = BK / WIDE;
const A_LOADS: u32 = BM * PIECES / INVOCATIONS;
const B_LOADS: u32 = BN * PIECES / INVOCATIONS;

// Steps between the one whose operands are put into a tile and the one that is multiplied meanwhile.
const LEAD: u32 = AHEAD * (BUFFERS - 1u);

// Rows whose pieces eight neighbours store at once.
const TOGETHER: u32 = max(8u / PIECES, 1u);

var<workgroup> a_tile: array<Cell, BUFFERS * BM * STRIDE>;
var<workgroup> b_tile: array<Cell, BUFFERS * BN * STRIDE>;

// The row (column) of the product that is in row `slot` of a tile whose fragments, of `edge` rows, begin with number `first`. Fragments past the
// end repeat the last one: they store the same once more.
fn source(first: u32, slot: u32, edge: u32, rows: u32) -> u32 {
    return min(first + slot / edge, rows / edge - 1u) * edge + slot % edge;
}

// The row of a tile that wide load `slot` is for. Memory takes the stores of eight neighbours at once where they reach different banks, and padded
// rows that follow each other do not: those PIECES apart do.
fn row_of(slot: u32) -> u32 {
    let row = slot / PIECES;
    if (TOGETHER == 1u || INVOCATIONS / PIECES % 8u != 0u) {
        return row;
    }
    return row / 8u * 8u + row % TOGETHER * PIECES + row % 8u / TOGETHER;
}

// Where an invocation's operands begin, in wide loads.
fn places(
    lane: u32,
    block: vec2<u32>,
    left: ptr<function, array<u32, A_LOADS>>,
    right: ptr<function, array<u32, B_LOADS>>,
) {
    let row_length = params.k / WIDE;
    for (var i = 0u; i < A_LOADS; i++) {
        let slot = lane + i * INVOCATIONS;
        (*left)[i] = source(block.y * SR * FM, row_of(slot), EDGE_M, params.m) * row_length + slot % PIECES;
    }
    for (var i = 0u; i < B_LOADS; i++) {
        let slot = lane + i * INVOCATIONS;
        if (TRANSPOSED == 1u) {
            (*right)[i] = source(block.x * SC * FN, row_of(slot), EDGE_N, params.n) * row_length + slot % PIECES;
        } else {
            let column = source(block.x * SC * FN, slot % (BN / WIDE) * WIDE, EDGE_N, params.n);
            (*right)[i] = slot / (BN / WIDE) * (params.n / WIDE) + column / WIDE;
        }
    }
}

// Loads the operands of BK columns (rows) from `k` on, all of which there are.
fn fetch(
    k: u32,
    left_at: ptr<function, array<u32, A_LOADS>>,
    right_at: ptr<function, array<u32, B_LOADS>>,
    left: ptr<function, array<Wide, A_LOADS>>,
    right: ptr<function, array<Wide, B_LOADS>>,
) {
    for (var i = 0u; i < A_LOADS; i++) {
        (*left)[i] = a[(*left_at)[i] + k / WIDE];
    }
    let along = select(k * (params.n / WIDE), k / WIDE, TRANSPOSED == 1u);
    for (var i = 0u; i < B_LOADS; i++) {
        (*right)[i] = b[(*right_at)[i] + along];
    }
}

// The same where fewer than BK are left: what lies past the end is not loaded, nor used.
fn fetch_rest(
    k: u32,
    lane: u32,
    left_at: ptr<function, array<u32, A_LOADS>>,
    right_at: ptr<function, array<u32, B_LOADS>>,
    left: ptr<function, array<Wide, A_LOADS>>,
    right: ptr<function, array<Wide, B_LOADS>>,
) {
    let rest = params.k - k;
    for (var i = 0u; i < A_LOADS; i++) {
        if ((lane + i * INVOCATIONS) % PIECES * WIDE < rest) {
            (*left)[i] = a[(*left_at)[i] + k / WIDE];
        }
    }
    let along = select(k * (params.n / WIDE), k / WIDE, TRANSPOSED == 1u);
    for (var i = 0u; i < B_LOADS; i++) {
        let slot = lane + i * INVOCATIONS;
        if (select(slot / (BN / WIDE), slot % PIECES * WIDE, TRANSPOSED == 1u) < rest) {
            (*right)[i] = b[(*right_at)[i] + along];
        }
    }
}

// Puts what was loaded into a buffer of the tiles. An invocation's loads lie below each other, from `place` on.
fn keep(
    buffer: u32,
    lane: u32,
    place: u32,
    left: ptr<function, array<Wide, A_LOADS>>,
    right: ptr<function, array<Wide, B_LOADS>>,
) {
    for (var i = 0u; i < A_LOADS; i++) {
        let at = buffer * BM * STRIDE + place + i * (INVOCATIONS / PIECES) * STRIDE;
        for (var j = 0u; j < WIDE / CELL; j++) {
            a_tile[at + j] = cell((*left)[i], j);
        }
    }
    for (var i = 0u; i < B_LOADS; i++) {
        if (TRANSPOSED == 1u) {
            let at = buffer * BN * STRIDE + place + i * (INVOCATIONS / PIECES) * STRIDE;
            for (var j = 0u; j < WIDE / CELL; j++) {
                b_tile[at + j] = cell((*right)[i], j);
            }
        } else {
            let slot = lane + i * INVOCATIONS;
            let k = slot / (BN / WIDE);
            let column = slot % (BN / WIDE) * WIDE;
            for (var j = 0u; j < WIDE; j++) {
                b_tile[(buffer * BN + column + j) * STRIDE + k] = cell((*right)[i], j);
            }
        }
    }
}

// Loads the fragments of EDGE_K columns of the A tile and of as many rows of the B tile.
fn take(
    buffer: u32,
    k: u32,
    row: u32,
    column: u32,
    left: ptr<function, array<Left, FM>>,
    right: ptr<function, array<Right, FN>>,
) {
    for (var i = 0u; i < FM; i++) {
        let at = (buffer * BM + (row * FM + i) * EDGE_M) * STRIDE + k / CELL;
        (*left)[i] = coopLoadT<Left>(&a_tile[at], STRIDE);
    }
    for (var j = 0u; j < FN; j++) {
        let at = (buffer * BN + (column * FN + j) * EDGE_N) * STRIDE + k / CELL;
        (*right)[j] = coopLoad<Right>(&b_tile[at], STRIDE);
    }
}

// Adds what the fragments' product is.
fn multiply(
    left: ptr<function, array<Left, FM>>,
    right: ptr<function, array<Right, FN>>,
    sums: ptr<function, array<Sums, FM * FN>>,
) {
    for (var i = 0u; i < FM; i++) {
        for (var j = 0u; j < FN; j++) {
            (*sums)[i * FN + j] = coopMultiplyAdd((*left)[i], (*right)[j], (*sums)[i * FN + j]);
        }
    }
}

// The same while the next fragments, from column (row) `k` on, are on their way.
fn multiply_and_take(
    buffer: u32,
    k: u32,
    row: u32,
    column: u32,
    left: ptr<function, array<Left, FM>>,
    right: ptr<function, array<Right, FN>>,
    sums: ptr<function, array<Sums, FM * FN>>,
) {
    var next_left: array<Left, FM>;
    var next_right: array<Right, FN>;
    take(buffer, k, row, column, &next_left, &next_right);
    multiply(left, right, sums);
    for (var i = 0u; i < FM; i++) {
        (*left)[i] = next_left[i];
    }
    for (var j = 0u; j < FN; j++) {
        (*right)[j] = next_right[j];
    }
}

@compute @workgroup_size(INVOCATIONS)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    place: Place,
) {
    let lane = place.lane;
    let subgroup = subgroup_of(place);
    let subgroups = subgroups_of(place);
    let block = block_of(group, groups);
    var left_at: array<u32, A_LOADS>;
    var right_at: array<u32, B_LOADS>;
    places(lane, block, &left_at, &right_at);
    let slot = row_of(lane) * STRIDE + lane % PIECES * (WIDE / CELL);
    // Once, where subgroups are as large as expected; smaller ones repeat each other, larger ones come back for what is left.
    for (var first = 0u; first < PARTS; first += subgroups) {
        let owned = (first + subgroup) % PARTS;
        let row = owned / SC;
        let column = owned % SC;
        var sums: array<Sums, FM * FN>;
        for (var i = 0u; i < FM * FN; i++) {
            sums[i] = Sums();
        }
        var left: array<Wide, A_LOADS>;
        var right: array<Wide, B_LOADS>;
        let whole_steps = params.k / BK;
        if (AHEAD == 1u && whole_steps > 0u) {
            fetch(0u, &left_at, &right_at, &left, &right);
        }
        var rows: array<Left, FM>;
        var columns: array<Right, FN>;
        if (LEAD == 1u && whole_steps > 0u) {
            keep(0u, lane, slot, &left, &right);
            fetch(min(1u, whole_steps - 1u) * BK, &left_at, &right_at, &left, &right);
            workgroupBarrier();
            take(0u, 0u, row, column, &rows, &columns);
        }
        for (var step = 0u; step < whole_steps; step++) {
            let buffer = step % BUFFERS;
            if (AHEAD == 0u) {
                fetch(step * BK, &left_at, &right_at, &left, &right);
            }
            keep((step + LEAD) % BUFFERS, lane, slot, &left, &right);
            if (LEAD == 0u) {
                workgroupBarrier();
            }
            if (AHEAD == 1u) {
                fetch(min(step + LEAD + 1u, whole_steps - 1u) * BK, &left_at, &right_at, &left, &right);
            }
            if (LEAD == 1u) {
                for (var k = EDGE_K; k < BK; k += EDGE_K) {
                    multiply_and_take(buffer, k, row, column, &rows, &columns, &sums);
                }
                // The units have the last fragments of this buffer, and so have those of the other subgroups.
                workgroupBarrier();
                multiply_and_take(1u - buffer, 0u, row, column, &rows, &columns, &sums);
            } else {
                for (var k = 0u; k < BK; k += EDGE_K) {
                    take(buffer, k, row, column, &rows, &columns);
                    multiply(&rows, &columns, &sums);
                }
            }
            if (BUFFERS == 1u) {
                workgroupBarrier();
            }
        }
        let rest = params.k % BK;
        if (rest > 0u) {
            let buffer = whole_steps % BUFFERS;
            var left_rest: array<Wide, A_LOADS>;
            var right_rest: array<Wide, B_LOADS>;
            fetch_rest(whole_steps * BK, lane, &left_at, &right_at, &left_rest, &right_rest);
            keep(buffer, lane, slot, &left_rest, &right_rest);
            workgroupBarrier();
            for (var k = 0u; k < rest; k += EDGE_K) {
                take(buffer, k, row, column, &rows, &columns);
                multiply(&rows, &columns, &sums);
            }
        }
        for (var i = 0u; i < FM; i++) {
            let out_row = min((block.y * SR + row) * FM + i, params.m / EDGE_M - 1u) * EDGE_M;
            for (var j = 0u; j < FN; j++) {
                let out_column = min((block.x * SC + column) * FN + j, params.n / EDGE_N - 1u) * EDGE_N;
                let at = out_row * params.n + out_column;
                let stride = params.n;
                let sum = sums[i * FN + j];
                coopStoreT(sum, &c[at], stride);
            }
        }
        workgroupBarrier();
    }
}
