#ifndef REEVE_INIT_CRASH_H
#define REEVE_INIT_CRASH_H

/*
 * What remains to be done when PID 1 itself is at fault: one line that says so, and an exit status
 * of its own (70, EX_SOFTWARE), so that whoever runs the container sees it and starts a new one. As
 * PID 1 the kernel then ends everything else. ADR 0005.
 */

/* Catches the signals that the kernel raises for a fault. Children go back to the default before
 * exec. */
void crash_catch(void);

#endif
