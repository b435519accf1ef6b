# fmt: off
import numpy as np

from pipeflow.pipelines import PipeLine
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

def print_out(x):
    print (x)

# Define pipeline
pline = PipeLine()
pline.add(Source(genRand, 'source'))
pline.add(Regulator(batch, 'batcher'), buffer_size = 10)
pline.add(Transform(sumBatch, 'sum'), n_processes = 3)
pline.add(Sink(print_out, 'print'))

# Build pipeline
pline.build()

# Run pipeline
pline.run()
pline.close()
