// A piece of the prelude, where the shape has a raster: workgroups go down RASTER rows of tiles before they go right, so that those that run
// together share more of A and B in the cache.

// Which tile of C a workgroup computes.
fn block_of(group: vec3<u32>, groups: vec3<u32>) -> vec2<u32> {
    if (RASTER == 1u) {
        return group.xy;
    }
    let index = group.y * groups.x + group.x;
    let first = index / (groups.x * RASTER) * RASTER;
    let height = min(groups.y - first, RASTER);
    let within = index % (groups.x * RASTER);
    return vec2(within / height, first + within % height);
}
