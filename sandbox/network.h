#ifndef REEVE_SANDBOX_NETWORK_H
#define REEVE_SANDBOX_NETWORK_H

/*
 * What is left of a network of one's own: loopback, for whoever has just entered a new network
 * namespace. Without CAP_NET_ADMIN in there it stays down, as in systemd; the namespace is none the
 * less private. For the child: system calls only.
 */
void network_raise_loopback(void);

#endif
