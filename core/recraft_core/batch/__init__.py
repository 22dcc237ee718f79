"""Many pictures in one go: each row done once and paid once, whatever ends the program in between.

`rows` says which pictures · `outputs` which files they become · `deciding` what is to do for each · `running` hands
them out and takes them back · `work` does one, wherever it may be · `ledger` are the books · `executors` threads and
processes · `cluster` Dask · `tiles` pictures beyond the service's largest · `files` paths and URLs.
`Batch` is the front door.
"""

from .batch import Batch, batch_of
from .deciding import Options
from .rows import Row
from .running import Counts
from .work import Done, Opening

__all__ = ["Batch", "Counts", "Done", "Opening", "Options", "Row", "batch_of"]
