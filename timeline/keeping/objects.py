"""Object stores: files that are created once, whole, and never renamed.

On a disk a file is written aside and renamed into place. An object store has no renaming; instead an object appears
whole or not at all, and may be created on condition that there is none yet.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from timeline.errors import ConfigError, StoreError

_URL = re.compile(r"s3://[a-z0-9][a-z0-9.-]+(/[^?#]*)?")


def is_url(place: str) -> bool:
    """Say whether a place is an address and no path.

    Examples
    --------
    >>> is_url("s3://bucket/results"), is_url("results")
    (True, False)
    """
    return "://" in place


class Bucket:
    """A prefix of a bucket; credentials and region are those of the environment, as the AWS tools read them.

    Parameters
    ----------
    url
        Such as ``"s3://bucket/prefix"``.

    Raises
    ------
    ConfigError
        If it is no such address, or the library is not installed.
    """

    def __init__(self, url: str) -> None:
        if not _URL.fullmatch(url):
            raise ConfigError(f'given "{url}", expected an address such as s3://bucket/prefix')
        try:
            from obstore.store import from_url
        except ImportError:
            raise ConfigError(
                f"{url} needs obstore, which is not installed: pip install 'crisis-timeline[cluster]'"
            ) from None
        self.url = url.rstrip("/")
        # Plain HTTP only reaches where the user points by AWS_ENDPOINT_URL.
        options: Any = {"timeout": timedelta(minutes=5), "connect_timeout": timedelta(seconds=5), "allow_http": True}
        retries: Any = {"max_retries": 4, "retry_timeout": timedelta(seconds=30)}
        self._store: Any = from_url(self.url, client_options=options, retry_config=retries)

    def names(self, prefix: str) -> list[str]:
        """Return the names below a prefix, sorted."""
        import obstore

        with self._said():
            return sorted(str(found["path"]) for page in obstore.list(self._store, prefix) for found in page)

    def read(self, name: str) -> bytes:
        """Return an object's bytes."""
        import obstore

        with self._said():
            return bytes(obstore.get(self._store, name).bytes())

    def create(self, name: str, data: bytes) -> None:
        """Make an object; one that is there with the same bytes is left alone.

        Raises
        ------
        StoreError
            If there is another, or the store cannot be reached or refuses.
        """
        import obstore
        from obstore.exceptions import AlreadyExistsError

        with self._said():
            try:
                obstore.put(self._store, name, data, mode="create")
                return
            except AlreadyExistsError:
                pass
        if self.read(name) != data:
            raise StoreError(
                f"{self.url}/{name}: is there already, with other content; give another prefix by --out, nothing was "
                "overwritten"
            )

    @contextmanager
    def _said(self) -> Iterator[None]:
        """Turn what the library says into one sentence."""
        from obstore.exceptions import BaseError

        try:
            yield
        except (BaseError, OSError) as problem:
            raise StoreError(f"{self.url}: {_meaning(str(problem))}; what is saved there is intact") from None


def _meaning(said: str) -> str:
    """Say what the answer of a store means, and what to do.

    Examples
    --------
    >>> _meaning("Generic S3 error: ... <Code>NoSuchBucket</Code> ...")
    'there is no such bucket; make it, or check the name'
    """
    if "NoSuchBucket" in said:
        return "there is no such bucket; make it, or check the name"
    if "169.254." in said or "credentials" in said.lower():
        return "no credentials were found; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a profile"
    if re.search(r"\b(401|403)\b|AccessDenied|InvalidAccessKeyId|SignatureDoesNotMatch", said):
        return "access is refused; check the credentials and what they allow"
    if "error sending request" in said or "timed out" in said or "dns" in said.lower():
        return "cannot be reached; check the network, AWS_REGION and AWS_ENDPOINT_URL"
    return " ".join(said.split("Debug source")[0].split())[:200]
