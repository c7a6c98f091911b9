"""BLAS, the library behind every matrix product, and its threads."""


def one_blas_thread():
    """Hold BLAS to one thread for a while.

    Its threads spin while they wait: on a busy machine two of them can be far slower than one.
    """
    from threadpoolctl import threadpool_limits

    return threadpool_limits(limits=1, user_api="blas")
