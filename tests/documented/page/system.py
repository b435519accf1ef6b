# fmt: off
import numpy as np

from pipeflow.base import Stream
from pipeflow.pipelines import PipeSystem
from pipeflow.pipes import Regulator, Sink, Source, Transform

# -- from here on as the page has it

# Define functors
def genRand(n=10):
    for _ in range(n):
        yield np.random.rand(10)

def batch(batch_size=2):
    x = (yield)
    for i in range(len(x)//batch_size):
        yield x[i*batch_size:(i+1)*batch_size]

def sumBatch(x):
    return x.sum()

def split(x):
    return [x, None] if x > 1 else [None, x]

def output_gt_1(x):
    print ('1 <',x)

def output_lt_1(x):
    print ('1 >',x)

# Define streams
s1, s2, s3, s4, s5 = Stream(), Stream(), Stream(), Stream(), Stream()

# Create Pipe segments with up/downstreams
# Order is not important
pipes = [
    Source(genRand, 'source1', downstreams=[s1]),
    Source(genRand, 'source2', downstreams=[s1]),
    Regulator(batch, 'batcher', upstreams=[s1], downstreams=[s2]),
    Transform(sumBatch, 'sum', upstreams=[s2], downstreams=[s3]),
    Transform(sumBatch, 'sum', upstreams=[s2], downstreams=[s3]),
    Transform(sumBatch, 'sum', upstreams=[s2], downstreams=[s3]),
    Transform(split, 'split', upstreams=[s2], downstreams=[s4, s5]),
    Sink(output_gt_1, 'print_gt_1', upstreams=[s4]),
    Sink(output_lt_1, 'print_lt_1', upstreams=[s5]),
]

# Build pipesystem
psys = PipeSystem(pipes)
psys.build()

# Run pipesystem
psys.run()
psys.close()
