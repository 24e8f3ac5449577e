/* Where the CPU begins, what becomes of an exception, and the two instructions that C cannot say. */

/* The emulated CPU starts here whatever the entry of the ELF file is. Whatever a linker may collect as
 * unused hangs on this section, which the linker script keeps. */
    .section .reset.vec, "ax"
    .global _reset
_reset:
    j 1f
    .align 4
.Lentry:
    .word _start
1:  l32r a0, .Lentry
    jx a0

/* Of every exception: the real chip resets itself. Here the emulator ends with 64 + EXCCAUSE. */
    .section .vectors, "ax"
    .macro vector
    rsr a3, exccause
    addi a3, a3, 64
    movi a2, 1
    simcall
    .endm
    .org 0x10
    vector
    .org 0x20
    vector
    .org 0x30
    vector
    .org 0x50
    vector
    .org 0x70
    vector

    .section .text.start, "ax"
    .align 4
.Lstack:
    .word __stack_top
.Lmain:
    .word lx106_main
    .global _start
_start:
    l32r a1, .Lstack
    l32r a0, .Lmain
    callx0 a0

/* int32_t lx106_simcall(int32_t what, int32_t fd, const void *bytes, uint32_t length) */
    .section .text.simcall, "ax"
    .align 4
    .global lx106_simcall
lx106_simcall:
    simcall
    ret

/* uint32_t port_cycles(void) */
    .section .text.cycles, "ax"
    .align 4
    .global port_cycles
port_cycles:
    rsr a2, ccount
    ret
