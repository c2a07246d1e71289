#include "source/batch.h"

#include <stdlib.h>

#include "base/alloc.h"

void
batch_cut(struct batch *batch, const struct cut *cut)
{
	if (batch->count == batch->size) {
		batch->size = batch->size ? batch->size * 2 : 1024;
		batch->cuts =
		    xrealloc(batch->cuts, batch->size * sizeof(*batch->cuts));
	}
	batch->cuts[batch->count++] = *cut;
}

void
batch_reset(struct batch *batch)
{
	/* What one huge record took is not kept in every batch there is. */
	if (batch->bytes.size > (size_t)8 * BATCH_BYTES)
		buf_release(&batch->bytes);
	buf_clear(&batch->bytes);
	batch->count = 0;
	batch->header = NULL;
	arena_reset(&batch->arena);
}

void
batch_release(struct batch *batch)
{
	buf_release(&batch->bytes);
	free(batch->cuts);
	arena_release(&batch->arena);
	*batch = (struct batch){0};
}
