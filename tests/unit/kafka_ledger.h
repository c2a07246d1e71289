#ifndef TESTS_KAFKA_LEDGER_H
#define TESTS_KAFKA_LEDGER_H

/* A ledger's stand-in: what it took is in memory, a word a record. */
#include "kafka_wait.h"

static inline void
apply(struct coverage *coverage, const struct fixture *f, size_t i)
{
	coverage_apply(coverage,
	    &(struct coverage_record){i, time_now_us(),
	        slice_cstr(f->told[i].source), buf_slice(&f->told[i].raw)});
}

static inline struct coverage *
fold(const struct fixture *f)
{
	struct coverage *coverage = coverage_new();

	for (size_t i = 0; i < f->told_count; i++)
		apply(coverage, f, i);
	return coverage;
}

static inline void
hear(struct fixture *f, const char *source, struct slice raw)
{
	f->told = xrealloc(f->told, (f->told_count + 1) * sizeof(*f->told));
	f->told[f->told_count] = (struct told){.source = xstrdup(source)};
	buf_slice_add(&f->told[f->told_count].raw, raw);
	hub_lock(f->hub);
	apply(hub_coverage(f->hub), f, f->told_count++);
	hub_unlock(f->hub);
}

static inline struct delivery *
open_delivery(struct fixture *f, const struct parcel *parcel)
{
	struct delivery *d;

	for (size_t i = 0; i < f->delivery_count; i++)
		if (!memcmp(f->deliveries[i].name, parcel->name, 16))
			return &f->deliveries[i];
	f->deliveries = xrealloc(
	    f->deliveries, (f->delivery_count + 1) * sizeof(*f->deliveries));
	d = &f->deliveries[f->delivery_count++];
	*d = (struct delivery){0};
	memcpy(d->name, parcel->name, 16);
	return d;
}

/* A line is an item; those taken before are passed over. */
static inline size_t
take_lines(struct fixture *f, struct delivery *d, const struct parcel *parcel)
{
	struct slice rest = buf_slice(&parcel->body);
	size_t n = 0;

	while (rest.len && atomic_load(&f->left)) {
		struct slice line = slice_cut(&rest, '\n');

		if (n++ < d->items)
			continue;
		d->items++;
		buf_slice_add(&f->lines, line);
		buf_char(&f->lines, '\n');
		f->line_count++;
		f->unread_count += parcel->as != NULL;
		atomic_fetch_sub(&f->left, 1);
		atomic_fetch_add(&f->taken, 1);
	}
	atomic_store(&f->dead, rest.len > 0);
	return n;
}

static inline enum parcel_end
take(struct fixture *f, const struct parcel *parcel)
{
	struct delivery *d = open_delivery(f, parcel);
	struct delivered delivered;
	struct buf raw = {0};
	size_t n;

	usleep(f->slow_us);
	if (d->whole)
		return PARCEL_DURABLE;
	n = take_lines(f, d, parcel);
	if (f->dead)
		return PARCEL_STOPPED;
	if (n < d->items) {
		f->short_count++;
		return PARCEL_SHORT;
	}
	d->whole = true;
	delivered_init(&delivered);
	delivered.source = slice_cstr(parcel->source);
	delivered.stream = buf_slice(&parcel->stream);
	delivered.items = delivered.added = n;
	delivered.after = buf_slice(&parcel->after);
	delivered_write(&raw, &delivered);
	hear(f, "firn/delivered", buf_slice(&raw));
	delivered_release(&delivered);
	buf_release(&raw);
	return PARCEL_DURABLE;
}

static inline void *
loop(void *arg)
{
	struct fixture *f = arg;
	struct news *news;

	while ((news = hub_take(f->hub, 10000)) || !hub_stopping(f->hub)) {
		char source[50];

		if (!news)
			continue;
		snprintf(source, sizeof(source), "firn/%s",
		    news->kind == NEWS_RECORD ? news->stream : "");
		if (news->kind == NEWS_PARCEL)
			hub_done(f->hub, news->parcel,
			    f->dead ? PARCEL_STOPPED : take(f, news->parcel),
			    "");
		else if (!f->dead)
			hear(f, source, buf_slice(&news->raw));
		news_free(news);
	}
	return NULL;
}

#endif
