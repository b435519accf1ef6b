"""One file per workload: each has `WORKLOAD`, and its functions at module level, so that they travel."""
