"""gunicorn behind nginx: gunicorn --config deploy/gunicorn.conf.py wsgi:app"""

import gc
import os

bind = os.environ.get("BIND", "unix:/run/survey/web.sock")
# Python computes on one core a process; threads only wait for the database.
workers = int(os.environ.get("WORKERS", 0)) or 1 + (os.cpu_count() or 1)
worker_class = "gthread"
threads = int(os.environ.get("THREADS", "4"))
# nginx keeps its connections open.
keepalive = 75
timeout = 30
graceful_timeout = 20
# The application logs each request itself, without codes and addresses.
accesslog = None
forwarded_allow_ips = "*"
worker_tmp_dir = "/dev/shm"
# Read the program once: workers start at once, also after one was killed, and share its memory.
preload_app = True
control_socket_disable = True


def on_starting(server):
    """Load the forms' compiler once, before the workers: no tablet's first request waits for it."""
    from forms.faces import xform

    xform.load_compiler()


def pre_fork(server, worker):
    """No database connection may be shared with a worker."""
    application = server.app.wsgi()
    if "database" not in application.extensions:
        return  # not ours
    application.extensions["database"].dispose()
    queue = getattr(application.extensions["huey"].storage, "database", None)
    if queue is not None and not queue.is_closed():
        queue.close()


def post_worker_init(worker):
    """What a worker starts with stays for good: looking through it for garbage finds nothing."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 100)
