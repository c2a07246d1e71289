#include "source/position.h"

void
position_write(struct buf *out, const struct position *position)
{
	if (position->ledger) {
		buf_str(out, position->ledger);
		buf_char(out, ':');
		buf_u64(out, position->index);
		return;
	}
	buf_str(out, position->file);
	if (position->line) {
		buf_char(out, ':');
		buf_u64(out, position->line);
	}
	if (position->record) {
		buf_char(out, '#');
		buf_u64(out, position->record);
	}
}
