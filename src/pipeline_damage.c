#include "pipeline_damage.h"

#include <malloc.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/base64.h"
#include "incident/items.h"
#include "pipeline_damage_part.h"

/* Each round goes one step further from what was given. */
#define ROUNDS_MAX 64

/* --- what is the intruder's --- */

static void
give(struct assess *assess)
{
	const struct damage_ask *ask = assess->ask;

	intruder_within(assess->intruder, ask->from_us, ask->to_us);
	for (size_t i = 0; i < ask->given_count; i++)
		if (ask->given[i].cut)
			intruder_cut(assess->intruder, ask->given[i].kind,
			    ask->given[i].value);
	for (size_t i = 0; i < ask->given_count; i++)
		if (!ask->given[i].cut)
			intruder_give(assess->intruder, ask->given[i].kind,
			    ask->given[i].value, ask->given[i].rule);
}

/* Brings what the names of marks touch, and how addresses were used. */
static int
bring(struct assess *assess, bool first, struct err *err)
{
	struct set set = {0};
	int status = damage_find(assess, first, &set, err);

	if (!status)
		status = damage_find_uses(assess, err);
	if (!status)
		status = damage_take(assess, &set, err);
	set_release(&set);
	return status;
}

/* Brings what an attribution that is settled asks for; *more: there was any. */
static int
bring_late(struct assess *assess,
    int (*find)(struct assess *assess, struct set *set, struct err *err),
    bool *more, struct err *err)
{
	struct set set = {0};
	uint64_t before = assess->records;
	int status = find(assess, &set, err);

	if (!status)
		status = damage_take(assess, &set, err);
	*more = assess->records > before;
	set_release(&set);
	return status;
}

/* Marks bring records, records acts, and acts marks, until none is new. */
static int
spread(struct assess *assess, struct err *err)
{
	bool more = true;

	for (unsigned round = 0; more; round++) {
		if (bring(assess, round == 0, err))
			return -1;
		if (round == ROUNDS_MAX)
			return err_set(err, ERR_LIMIT,
			    "what was given leads to ever more: cut a branch "
			    "by --cut, or narrow it by --from and --to");
		more = intruder_spread(
		    assess->intruder, assess->acts, assess->act_count);
		if (!more && bring_late(assess, damage_find_opened, &more, err))
			return -1;
		if (!more &&
		    bring_late(assess, damage_find_licences, &more, err))
			return -1;
	}
	return 0;
}

/* --- what is said of it --- */

static void
copy_names(struct damage *out, const struct intruder *intruder)
{
	size_t count = intruder_name_count(intruder);
	struct mark_name *names =
	    arena_calloc(&out->arena, count, sizeof(*names));

	for (size_t i = 0; i < count; i++) {
		names[i] = *intruder_name(intruder, i);
		names[i].value = arena_copy(&out->arena, names[i].value);
	}
	out->names = names;
	out->name_count = count;
}

static void
copy_marks(struct damage *out, const struct assess *assess)
{
	size_t count = intruder_mark_count(assess->intruder);
	struct mark *marks = arena_calloc(&out->arena, count, sizeof(*marks));

	for (size_t i = 0; i < count; i++) {
		marks[i] = *intruder_mark(assess->intruder, i);
		marks[i].value = arena_copy(&out->arena, marks[i].value);
		marks[i].name = arena_copy(&out->arena, marks[i].name);
	}
	out->marks = marks;
	out->mark_count = count;
	copy_names(out, assess->intruder);
}

static void
count_acts(struct damage *out, const struct assess *assess)
{
	out->first_us = out->last_us = EVENT_NO_TIME;
	for (size_t i = 0; i < assess->act_count; i++) {
		const struct act *act = &assess->acts[i];

		if (act->certainty == NOT_INTRUDER) {
			out->not_acts[act->why]++;
			continue;
		}
		if (act->certainty == CERTAINLY_INTRUDER)
			out->certain++;
		else
			out->likely++;
		if (act->time_us == EVENT_NO_TIME)
			continue;
		if (out->first_us == EVENT_NO_TIME)
			out->first_us = act->time_us;
		out->last_us = act->time_us;
	}
}

static int
order_numbers(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

struct evidence_list {
	uint64_t *list; /* in the damage's arena */
	size_t count;
	uint64_t size;
};

static void
add_evidence(struct evidence_list *evidence, uint64_t index)
{
	if (index < evidence->size)
		evidence->list[evidence->count++] = index;
}

/* Of attributed acts, of ways back, and of what is not seen. */
static void
list_evidence(struct damage *out, const struct assess *assess)
{
	struct evidence_list evidence = {.size = assess->size};
	size_t room = assess->act_count + 4 * out->way_count +
	              out->unseen_count + out->statement_count + 1;
	size_t kept = 0;

	evidence.list = arena_calloc(&out->arena, room, sizeof(*evidence.list));
	for (size_t i = 0; i < assess->act_count; i++)
		if (assess->acts[i].certainty != NOT_INTRUDER)
			add_evidence(&evidence, assess->acts[i].index);
	for (size_t i = 0; i < out->way_count; i++) {
		add_evidence(&evidence, out->ways[i].opened_index);
		add_evidence(&evidence, out->ways[i].used_index);
		add_evidence(&evidence, out->ways[i].closed_index);
		add_evidence(&evidence, out->ways[i].seen_index);
	}
	for (size_t i = 0; i < out->unseen_count; i++)
		add_evidence(&evidence, out->unseen[i].index);
	for (size_t i = 0; i < out->statement_count; i++)
		add_evidence(&evidence, out->statements[i].index);
	qsort(evidence.list, evidence.count, sizeof(*evidence.list),
	    order_numbers);
	for (size_t i = 0; i < evidence.count; i++)
		if (!kept || evidence.list[i] != evidence.list[kept - 1])
			evidence.list[kept++] = evidence.list[i];
	out->evidence = evidence.list;
	out->evidence_count = kept;
}

/* --- the whole --- */

static int
open_view(struct assess *assess, struct damage *out, struct err *err)
{
	const struct damage_ask *ask = assess->ask;
	const struct merkle_head *tree;
	struct stream stream;
	struct frame frame;
	struct buf root = {0};

	if (view_open(&assess->view, ask->dir, err))
		return -1;
	if (ask->size && damage_go_back(assess, ask->size, err))
		return -1;
	tree = view_tree(assess->view);
	assess->size = tree->size;
	if (!tree->size)
		return err_set(err, ERR_USAGE, "the ledger is empty");
	if (view_record(assess->view, tree->size - 1, &frame, &stream, err))
		return -1;
	out->as_of_us = frame.received_us;
	out->size = tree->size;
	out->origin = arena_copy(&out->arena, view_origin(assess->view));
	base64_add(&root, tree->root.bytes, sizeof(tree->root.bytes));
	out->root = arena_copy(&out->arena, buf_slice(&root));
	buf_release(&root);
	return 0;
}

/* Owners of what was reached, each once, by country. */
static int
order_counts(const void *a, const void *b)
{
	const struct damage_count *x = a, *y = b;

	return slice_order(x->name, y->name);
}

static int
order_slices(const void *a, const void *b)
{
	return slice_order(*(const struct slice *)a, *(const struct slice *)b);
}

static void
count_countries(struct damage *out, const struct state *state)
{
	struct slice *owners = xcalloc(out->item_count + 1, sizeof(*owners));
	struct damage_count *list;
	size_t count = 0, kept = 0;

	for (size_t i = 0; i < out->item_count; i++)
		if (out->items[i].reach.place.len &&
		    out->items[i].reach.kind != REACH_DIRECTORY)
			owners[count++] = out->items[i].reach.place;
	qsort(owners, count, sizeof(*owners), order_slices);
	for (size_t i = 0; i < count; i++)
		if (!i || !slice_eq(owners[i], owners[kept - 1]))
			owners[kept++] = owners[i];
	count = kept;
	list = arena_calloc(&out->arena, count + 1, sizeof(*list));
	for (size_t i = 0; i < count; i++)
		list[i] =
		    (struct damage_count){state_country(state, owners[i]), 1};
	free(owners);
	qsort(list, count, sizeof(*list), order_counts);
	kept = 0;
	for (size_t i = 0; i < count; i++) {
		if (kept && slice_eq(list[kept - 1].name, list[i].name)) {
			list[kept - 1].people++;
			continue;
		}
		list[i].name = arena_copy(&out->arena, list[i].name);
		list[kept++] = list[i];
	}
	out->countries = list;
	out->country_count = kept;
}

/* The newest of those who say that they are aware. */
static void
find_aware(struct damage *out)
{
	out->aware_us = out->notify_us = EVENT_NO_TIME;
	for (size_t i = 0; i < out->statement_count; i++) {
		const struct damage_statement *said = &out->statements[i];

		if (said->kind != STATEMENT_AWARE)
			continue;
		out->aware_us = said->at_us;
		out->notify_us = said->until_us;
		out->aware_by = said->by;
	}
}

static int
conclude(struct assess *assess, struct damage *out, struct err *err)
{
	struct coverage *coverage = NULL;
	struct state *state = state_new();
	struct unseen_erased erased = {0};
	int64_t data_from_us, data_to_us;
	int status = damage_find_reach(assess, &data_from_us, &data_to_us, err);

	if (!status)
		status = damage_read_statements(assess, out, err);
	if (!status)
		status = damage_read_coverage(assess, &coverage, err);
	if (!status)
		status = damage_read_state(
		    assess, coverage, out->first_us, state, err);
	if (!status)
		status =
		    damage_read_erased(assess, out->first_us, &erased, err);
	if (status)
		goto out;
	out->item_count = items_find(
	    assess->acts, assess->act_count, &out->items, &out->arena);
	out->step_count = steps_find(assess->acts, assess->act_count,
	    assess->intruder, &out->steps, &out->arena);
	out->way_count = ways_find(&(struct ways_of){.acts = assess->acts,
	                               .act_count = assess->act_count,
	                               .marks = out->marks,
	                               .mark_count = out->mark_count,
	                               .state = state,
	                               .as_of_us = out->as_of_us,
	                               .statements = out->statements,
	                               .statement_count = out->statement_count,
	                               .arena = &out->arena},
	    &out->ways);
	out->unseen_count =
	    unseen_find(&(struct unseen_of){.acts = assess->acts,
	                    .act_count = assess->act_count,
	                    .marks = out->marks,
	                    .mark_count = out->mark_count,
	                    .coverage = coverage,
	                    .first_us = out->first_us,
	                    .last_us = out->last_us,
	                    .data_from_us = data_from_us,
	                    .data_to_us = data_to_us,
	                    .erased = erased,
	                    .statements = out->statements,
	                    .statement_count = out->statement_count,
	                    .arena = &out->arena},
	        &out->unseen);
	verdict_judge(
	    &out->verdict, &(struct verdict_of){.acts = assess->acts,
	                       .act_count = assess->act_count,
	                       .marks = out->marks,
	                       .mark_count = out->mark_count,
	                       .coverage = coverage,
	                       .data_to_us = data_to_us,
	                       .unseen = out->unseen,
	                       .unseen_count = out->unseen_count,
	                       .ways = out->ways,
	                       .way_count = out->way_count,
	                       .statements = out->statements,
	                       .statement_count = out->statement_count,
	                       .arena = &out->arena});
	count_countries(out, state);
	find_aware(out);
	out->queries = arena_copy(&out->arena, buf_slice(&assess->queries));
	list_evidence(out, assess);
out:
	coverage_free(coverage);
	state_free(state);
	return status;
}

int
damage_assess(const struct damage_ask *ask, struct damage *out,
    struct view **view, struct err *err)
{
	struct assess assess = {.ask = ask};
	int status;

	*out = (struct damage){.from_us = ask->from_us, .to_us = ask->to_us};
	out->command = arena_copy(&out->arena, ask->command);
	assess.intruder = intruder_new();
	status = open_view(&assess, out, err);
	if (!status) {
		assess.reread = reread_new(assess.view, NULL);
		if (ask->kept)
			reread_recall(assess.reread, ask->kept->recall,
			    &ask->kept->missed);
		give(&assess);
	}
	if (!status && ask->finding)
		status = damage_give_finding(&assess, ask->finding, err);
	if (!status)
		status = spread(&assess, err);
	if (!status) {
		copy_marks(out, &assess);
		count_acts(out, &assess);
		status = conclude(&assess, out, err);
	}
	damage_ask_end(&assess);
	reread_free(assess.reread);
	intruder_free(assess.intruder);
	act_keeper_release(&assess.keeper, &out->arena);
	arena_release(&assess.room);
	set_release(&assess.taken);
	buf_release(&assess.queries);
	free(assess.acts);
	/* Acts were small pieces: without this, they stay ours. */
	malloc_trim(0);
	*view = assess.view;
	return status;
}

void
damage_release(struct damage *damage)
{
	arena_release(&damage->arena);
}
