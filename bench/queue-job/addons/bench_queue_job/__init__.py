from . import bench_job
