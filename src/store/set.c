#include "store/set.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

#define PIECE_BITS  65536u
#define PIECE_WORDS (PIECE_BITS / 64)
#define PIECE_BYTES (PIECE_WORDS * sizeof(uint64_t))
#define PIECES_MAX  (SET_BYTES_MAX / PIECE_BYTES)
/* Of what the pointers may take; far more records than a ledger gets. */
#define ROOM_MAX (SET_BYTES_MAX / sizeof(uint64_t *))

static bool
reserve(struct set *set, uint64_t piece)
{
	uint64_t room = set->room ? set->room : 64;

	if (piece >= ROOM_MAX)
		return false;
	while (room <= piece)
		room *= 2;
	if (room > set->room) {
		set->pieces =
		    xrealloc(set->pieces, (size_t)room * sizeof(*set->pieces));
		memset(set->pieces + set->room, 0,
		    (size_t)(room - set->room) * sizeof(*set->pieces));
		set->room = room;
	}
	if (!set->pieces[piece]) {
		if (set->used == PIECES_MAX)
			return false;
		set->pieces[piece] =
		    xcalloc(PIECE_WORDS, sizeof(**set->pieces));
		set->used++;
	}
	return true;
}

bool
set_add(struct set *set, uint64_t index)
{
	uint64_t piece = index / PIECE_BITS, bit = 1ull << index % 64;
	uint64_t *word;

	if ((piece >= set->room || !set->pieces[piece]) && !reserve(set, piece))
		return false;
	word = &set->pieces[piece][index % PIECE_BITS / 64];
	if (*word & bit)
		return true;
	*word |= bit;
	if (!set->count || index < set->first)
		set->first = index;
	if (!set->count || index > set->last)
		set->last = index;
	set->count++;
	return true;
}

bool
set_has(const struct set *set, uint64_t index)
{
	uint64_t piece = index / PIECE_BITS;

	return piece < set->room && set->pieces[piece] &&
	       set->pieces[piece][index % PIECE_BITS / 64] >> index % 64 & 1;
}

bool
set_next(const struct set *set, uint64_t *index)
{
	uint64_t piece = *index / PIECE_BITS;
	uint64_t w = *index % PIECE_BITS / 64;
	uint64_t below = (1ull << *index % 64) - 1; /* not looked at */

	for (; piece < set->room; piece++, w = 0, below = 0) {
		if (!set->pieces[piece])
			continue;
		for (; w < PIECE_WORDS; w++, below = 0) {
			uint64_t word = set->pieces[piece][w] & ~below;

			if (!word)
				continue;
			*index = piece * PIECE_BITS + w * 64 +
			         (unsigned)__builtin_ctzll(word);
			return true;
		}
	}
	return false;
}

void
set_release(struct set *set)
{
	for (uint64_t i = 0; i < set->room; i++)
		free(set->pieces[i]);
	free(set->pieces);
	*set = (struct set){0};
}
