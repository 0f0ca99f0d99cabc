// Workgroups go down RASTER rows of tiles before they go right, so that those that run together share more of A and B in the cache.
//
// Expects from the prelude: RASTER, workgroup_number (workgroup_number.wgsl).

// Which tile of C a workgroup computes.
fn block_of(group: vec3<u32>, groups: vec3<u32>) -> vec2<u32> {
    if (RASTER == 1u) {
        return group.xy;
    }
    let index = workgroup_number(group, groups);
    let first = index / (groups.x * RASTER) * RASTER;
    let height = min(groups.y - first, RASTER);
    let within = index % (groups.x * RASTER);
    return vec2(within / height, first + within % height);
}
