// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/lab: a driver for QEMU's teaching card "edu" (PCI 1234:11e8), which computes factorials.
 *
 * A program writes a number; the card computes, by itself, and interrupts when it is done; a program that reads gets the
 * result, and sleeps until there is one.
 */
#include <linux/interrupt.h>
#include <linux/kfifo.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/poll.h>
#include <linux/uaccess.h>
#include "lab.h"

/* The card's registers: QEMU, docs/specs/edu.txt. */
enum { FACTORIAL = 0x08, STATUS = 0x20, INTERRUPT = 0x24, ACKNOWLEDGE = 0x64 };
enum { INTERRUPT_WHEN_DONE = 0x80 };

static void __iomem *card;                      /* its registers, as memory */
static DECLARE_KFIFO(results, u32, 16);         /* from the interrupt's side to the readers */
static DECLARE_WAIT_QUEUE_HEAD(readers);        /* who sleeps until there is a result */
static DEFINE_MUTEX(one_reader);                /* readers take results one after the other */
static struct lab_counts counts;

/* ---- The system call's side: runs in the process that called, and may sleep. */

static int lab_open(struct inode *inode, struct file *file)
{
	counts.opens++;
	return nonseekable_open(inode, file);
}

static int lab_release(struct inode *inode, struct file *file)
{
	counts.releases++;
	return 0;
}

static ssize_t lab_write(struct file *file, const char __user *from, size_t count, loff_t *offset)
{
	u32 number;
	int error = kstrtou32_from_user(from, count, 10, &number);

	if (error)
		return error;
	counts.writes++;
	writel(INTERRUPT_WHEN_DONE, card + STATUS);
	writel(number, card + FACTORIAL);       /* the request: the card begins */
	return count;
}

static ssize_t lab_read(struct file *file, char __user *to, size_t count, loff_t *offset)
{
	char text[16];
	u32 result;
	int length, error;

	counts.reads++;
	error = mutex_lock_interruptible(&one_reader);
	if (error)
		return error;
	if (kfifo_is_empty(&results)) {
		error = -EAGAIN;
		if (file->f_flags & O_NONBLOCK)
			goto out;
		counts.sleeps++;
		error = wait_event_interruptible(readers, !kfifo_is_empty(&results));
		if (error)
			goto out;
	}
	if (!kfifo_get(&results, &result)) {
		error = -EIO;
		goto out;
	}
	length = min_t(size_t, scnprintf(text, sizeof(text), "%u\n", result), count);
	error = copy_to_user(to, text, length) ? -EFAULT : length;
out:
	mutex_unlock(&one_reader);
	return error;
}

static __poll_t lab_poll(struct file *file, poll_table *table)
{
	poll_wait(file, &readers, table);
	return EPOLLOUT | EPOLLWRNORM | (kfifo_is_empty(&results) ? 0 : EPOLLIN | EPOLLRDNORM);
}

static long lab_ioctl(struct file *file, unsigned int command, unsigned long argument)
{
	void __user *to = (void __user *)argument;

	switch (command) {
	case LAB_COUNTS:
		return copy_to_user(to, &counts, sizeof(counts)) ? -EFAULT : 0;
	}
	return -ENOTTY;
}

static const struct file_operations lab_operations = {
	.owner = THIS_MODULE,
	.open = lab_open,
	.release = lab_release,
	.read = lab_read,
	.write = lab_write,
	.poll = lab_poll,
	.unlocked_ioctl = lab_ioctl,
	.llseek = no_llseek,
};

/* ---- The interrupt's side: runs whenever the card says so, on behalf of nobody. */

static void lab_deferred(struct work_struct *work)
{
	u32 result = readl(card + FACTORIAL);

	counts.deferred++;
	kfifo_put(&results, result);
	wake_up_interruptible(&readers);
}

static DECLARE_WORK(deferred, lab_deferred);

static irqreturn_t lab_interrupt(int number, void *unused)
{
	u32 why = readl(card + INTERRUPT);

	if (!why)
		return IRQ_NONE;                /* another device on the same line */
	writel(why, card + ACKNOWLEDGE);
	counts.interrupts++;
	schedule_work(&deferred);               /* the rest can wait until interrupts are allowed again */
	return IRQ_HANDLED;
}

/* ---- Registering: the kernel calls probe when it finds the card, remove when the driver goes. */

static struct miscdevice lab_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "lab",
	.fops = &lab_operations,
	.mode = 0666,
};

static int lab_probe(struct pci_dev *device, const struct pci_device_id *id)
{
	int error = pcim_enable_device(device);

	if (!error)
		error = pcim_iomap_regions(device, BIT(0), "lab");
	if (error)
		return error;
	card = pcim_iomap_table(device)[0];
	pci_set_master(device);                 /* its interrupts are messages that it writes */
	error = pci_alloc_irq_vectors(device, 1, 1, PCI_IRQ_ALL_TYPES);
	if (error < 0)
		return error;
	error = request_irq(pci_irq_vector(device, 0), lab_interrupt, IRQF_SHARED, "lab", &lab_device);
	if (error)
		goto no_interrupt;
	error = misc_register(&lab_device);     /* from here on there is a /dev/lab */
	if (!error)
		return 0;
	free_irq(pci_irq_vector(device, 0), &lab_device);
no_interrupt:
	pci_free_irq_vectors(device);
	return error;
}

static void lab_remove(struct pci_dev *device)
{
	misc_deregister(&lab_device);
	writel(0, card + STATUS);
	free_irq(pci_irq_vector(device, 0), &lab_device);
	cancel_work_sync(&deferred);
	pci_free_irq_vectors(device);
}

static const struct pci_device_id lab_cards[] = { { PCI_DEVICE(0x1234, 0x11e8) }, { } };
MODULE_DEVICE_TABLE(pci, lab_cards);

static struct pci_driver lab_driver = {
	.name = "lab",
	.id_table = lab_cards,
	.probe = lab_probe,
	.remove = lab_remove,
};

static int __init lab_init(void)
{
	INIT_KFIFO(results);
	return pci_register_driver(&lab_driver);
}

static void __exit lab_exit(void)
{
	pci_unregister_driver(&lab_driver);
}

module_init(lab_init);
module_exit(lab_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Driver for QEMU's teaching card");
