"""Files as they leave: made while the member waits, or put together from sealed pieces."""

from collections.abc import Iterator
from datetime import datetime

from django.http import StreamingHttpResponse
from django.utils.http import content_disposition_header

from apps.accounts.models import Member
from apps.takeaway import contents, formats
from apps.takeaway.formats import Format
from apps.takeaway.models import Export
from apps.takeaway.scopes import Scope
from apps.vault.boxes import Box, box_for


class Torn(Exception):
    """A piece went with its connection while the file was being read: it must not end as if it were whole."""


def at_once(*, member: Member, format_: Format, scope: Scope, now: datetime) -> StreamingHttpResponse:
    """Return a small file, made from the records as they are now."""
    library = format_.library(member, box_for(member))
    texts = (
        (part.place.section, contents.text(format_, part)) for part in contents.parts(format_, scope, library)
    )
    return _attached(format_, scope, format_.document(texts, made_at=now))


def prepared(export: Export) -> StreamingHttpResponse:
    """Return a file that was prepared, opened piece by piece. Raises KeyUnavailable, for the newest key
    before anything is sent."""
    format_, box = formats.ALL[export.format], box_for(export.member)
    return _attached(
        format_, Scope(year=export.year), format_.document(_pieces(export, box), made_at=export.created_at)
    )


def _pieces(export: Export, box: Box) -> Iterator[tuple[int, bytes]]:
    ids = list(export.pieces.values_list("pk", flat=True))
    if len(ids) != export.written:
        raise Torn
    for piece_id in ids:
        piece = export.pieces.filter(pk=piece_id).first()
        if piece is None:
            raise Torn
        yield piece.section, box.open(piece, "sealed_body")


def _attached(format_: Format, scope: Scope, document: Iterator[bytes]) -> StreamingHttpResponse:
    response = StreamingHttpResponse(document, content_type=format_.content_type)
    name = content_disposition_header(as_attachment=True, filename=format_.file_name(scope))
    response.headers["Content-Disposition"] = name or "attachment"
    response.headers["Cache-Control"] = "no-store, private"
    return response
