#include "serve_webhook_post.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "net/http_client.h"

struct poster {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t more;
	struct post *todo, **todo_end; /* in their order */
	struct post *done;
	struct http_client *client; /* the thread's */
	atomic_bool stop;
};

void
post_free(struct post *post)
{
	if (!post)
		return;
	free(post->url);
	free(post->auth);
	buf_release(&post->body);
	free(post);
}

static void
deliver(struct poster *poster, struct post *post)
{
	const char *headers[] = {post->auth};
	struct http_reply reply = {0};
	struct err err;

	post->ok = !http_client_ask(poster->client,
	               &(struct http_ask){
	                   .method = "POST",
	                   .url = post->url,
	                   .content_type = "application/json; utf-8",
	                   .body = buf_slice(&post->body),
	                   .headers = headers,
	                   .header_count = post->auth ? 1 : 0,
	                   .timeout_ms = POST_WAIT_MS,
	                   .answer_max = 65536,
	               },
	               &reply, &err) &&
	           reply.status == 200;
	http_reply_release(&reply);
}

static void *
run(void *ctx)
{
	struct poster *poster = ctx;
	struct post *post;

	pthread_mutex_lock(&poster->lock);
	while (!atomic_load(&poster->stop)) {
		post = poster->todo;
		if (!post) {
			pthread_cond_wait(&poster->more, &poster->lock);
			continue;
		}
		poster->todo = post->next;
		if (!poster->todo)
			poster->todo_end = &poster->todo;
		pthread_mutex_unlock(&poster->lock);
		deliver(poster, post);
		pthread_mutex_lock(&poster->lock);
		post->next = poster->done;
		poster->done = post;
	}
	pthread_mutex_unlock(&poster->lock);
	return NULL;
}

struct poster *
poster_new(const char *ca)
{
	struct poster *poster = xcalloc(1, sizeof(*poster));

	atomic_init(&poster->stop, false);
	poster->todo_end = &poster->todo;
	poster->client = http_client_new(&(struct http_options){
	    .ca = ca, .proxy = "", .stop = &poster->stop});
	pthread_mutex_init(&poster->lock, NULL);
	pthread_cond_init(&poster->more, NULL);
	if (pthread_create(&poster->thread, NULL, run, poster))
		abort();
	return poster;
}

static void
free_all(struct post *post)
{
	while (post) {
		struct post *next = post->next;

		post_free(post);
		post = next;
	}
}

void
poster_free(struct poster *poster)
{
	if (!poster)
		return;
	pthread_mutex_lock(&poster->lock);
	atomic_store(&poster->stop, true);
	pthread_cond_signal(&poster->more);
	pthread_mutex_unlock(&poster->lock);
	pthread_join(poster->thread, NULL);
	free_all(poster->todo);
	free_all(poster->done);
	http_client_free(poster->client);
	pthread_cond_destroy(&poster->more);
	pthread_mutex_destroy(&poster->lock);
	free(poster);
}

void
poster_send(struct poster *poster, struct post *post)
{
	post->next = NULL;
	pthread_mutex_lock(&poster->lock);
	*poster->todo_end = post;
	poster->todo_end = &post->next;
	pthread_cond_signal(&poster->more);
	pthread_mutex_unlock(&poster->lock);
}

struct post *
poster_take(struct poster *poster)
{
	struct post *post;

	pthread_mutex_lock(&poster->lock);
	post = poster->done;
	if (post)
		poster->done = post->next;
	pthread_mutex_unlock(&poster->lock);
	return post;
}
