#include "supervisor/health/patience.h"

#include <sys/socket.h>

static void take_out(struct patience *patience, struct client *client)
{
    if (!client->is_waiting)
        return;
    TAILQ_REMOVE(&patience->waiting, client, link);
    client->is_waiting = false;
    patience->count--;
}

static void put_in(struct patience *patience, struct client *client, uint64_t deadline_us)
{
    take_out(patience, client);
    client->deadline_us = deadline_us;
    client->is_waiting = true;
    TAILQ_INSERT_TAIL(&patience->waiting, client, link);
    patience->count++;
}

void patience_init(struct patience *patience)
{
    TAILQ_INIT(&patience->waiting);
    patience->count = 0;
}

struct client *patience_add(struct patience *patience, int fd, uint64_t now_us)
{
    struct client *client = calloc(1, sizeof(*client));

    if (!client)
        return NULL;
    client->fd = fd;
    put_in(patience, client, now_us + PATIENCE_US);
    return client;
}

void patience_remove(struct patience *patience, struct client *client)
{
    if (client)
        take_out(patience, client);
    free(client);
}

void patience_renew(struct patience *patience, struct client *client, uint64_t now_us)
{
    if (!client->is_dismissed)
        put_in(patience, client, now_us + PATIENCE_US);
}

void patience_excuse(struct patience *patience, struct client *client)
{
    take_out(patience, client);
}

void patience_dismiss(struct patience *patience, struct client *client)
{
    if (!client->is_dismissed)
        (void)shutdown(client->fd, SHUT_RDWR);
    take_out(patience, client);
    client->is_dismissed = true;
}

uint64_t patience_deadline(const struct patience *patience)
{
    const struct client *first = TAILQ_FIRST(&patience->waiting);

    if (patience->count > PATIENCE_CLIENTS)
        return 0;
    return first ? first->deadline_us : USEC_INFINITY;
}

void patience_tick(struct patience *patience, uint64_t now_us)
{
    for (struct client *client = TAILQ_FIRST(&patience->waiting);
         client && (client->deadline_us <= now_us || patience->count > PATIENCE_CLIENTS);
         client = TAILQ_FIRST(&patience->waiting))
        patience_dismiss(patience, client);
}
