/* Of lwIP 2.1: its callback interface to TCP. */
#ifndef LWIP_TCP_FAKE_H
#define LWIP_TCP_FAKE_H

#include "lwip/ip_addr.h"
#include "lwip/pbuf.h"

extern "C" {
struct tcp_pcb {
  u16_t snd_buf;
  u16_t flags;
};

typedef err_t (*tcp_recv_fn)(void *arg, struct tcp_pcb *tpcb, struct pbuf *p, err_t err);
typedef void (*tcp_err_fn)(void *arg, err_t err);
typedef err_t (*tcp_connected_fn)(void *arg, struct tcp_pcb *tpcb, err_t err);

#define TCP_WRITE_FLAG_COPY 0x01
#define TF_NODELAY 0x40U
#define tcp_sndbuf(pcb) ((pcb)->snd_buf)
#define tcp_nagle_disable(pcb) ((pcb)->flags = (u16_t)((pcb)->flags | TF_NODELAY))

struct tcp_pcb *tcp_new(void);
void tcp_recv(struct tcp_pcb *pcb, tcp_recv_fn recv);
void tcp_err(struct tcp_pcb *pcb, tcp_err_fn err);
void tcp_recved(struct tcp_pcb *pcb, u16_t len);
err_t tcp_connect(struct tcp_pcb *pcb, const ip_addr_t *ipaddr, u16_t port,
                  tcp_connected_fn connected);
void tcp_abort(struct tcp_pcb *pcb);
err_t tcp_write(struct tcp_pcb *pcb, const void *dataptr, u16_t len, u8_t apiflags);
err_t tcp_output(struct tcp_pcb *pcb);
}

#endif
