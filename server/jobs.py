"""Training jobs."""


class Jobs:
    def stop(self):
        pass

    def newest(self):
        return None
