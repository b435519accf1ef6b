"""One file per library: `run(chain)` gives the checksum. Imported only in the process that measures it."""
