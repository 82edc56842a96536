#ifndef REEVE_WIRE_CHANNEL_H
#define REEVE_WIRE_CHANNEL_H

/* Sending and receiving whole wire messages on a SOCK_SEQPACKET socket, with at most one
 * descriptor. */

#include "supervisor/wire/wire.h"

/*
 * Sends one message without waiting, with `fd` (-1: none) attached. 0; -EAGAIN when the peer's
 * queue is full; another negative errno when the connection is gone. Never raises SIGPIPE.
 */
int channel_send(int channel, const union wire_message *message, int fd) MUST_CHECK;

/*
 * Receives one message. 0 with a well-formed message; -EAGAIN when there is none (non-blocking
 * socket); -EPIPE when the peer has closed; -EBADMSG when the peer does not keep to the protocol:
 * drop it. *ret_fd gets the attached descriptor (close-on-exec) or -1; further ones are closed.
 */
int channel_receive(int channel, union wire_message *ret_message, int *ret_fd) MUST_CHECK;

#endif
