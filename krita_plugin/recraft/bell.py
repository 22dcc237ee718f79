"""The one way in which rooms tell each other that something happened, without knowing Qt or one another."""


class Bell:
    """Calls everyone who asked to be told. `ring` hands its arguments on."""

    def __init__(self):
        self._calls = []

    def connect(self, call):
        """Tell `call` from now on."""
        self._calls.append(call)

    def leave(self, owner):
        """Tell the methods of `owner` no more."""
        self._calls = [call for call in self._calls if getattr(call, "__self__", None) is not owner]

    def ring(self, *words):
        """Tell everyone. A listener whose window is gone already is dropped."""
        for call in list(self._calls):
            try:
                call(*words)
            except RuntimeError as trouble:
                # "wrapped C/C++ object has been deleted": the docker of a closed window.
                if "deleted" not in str(trouble):
                    raise
                self._calls.remove(call)
