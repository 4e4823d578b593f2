"""What browsers are to know of a file: its type, by its extension. Pure.

What CloudFront compresses goes by it:
https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/ServingCompressedFiles.html
The types are IANA's: https://www.iana.org/assignments/media-types/media-types.xhtml
"""

from collections.abc import Iterable, Mapping

_TYPES = """
text/html; charset=utf-8        .html .htm
text/css; charset=utf-8         .css
text/javascript; charset=utf-8  .js .mjs .cjs
text/plain; charset=utf-8       .txt
text/markdown; charset=utf-8    .md
text/csv; charset=utf-8         .csv
text/calendar; charset=utf-8    .ics
text/vtt; charset=utf-8         .vtt
application/json                .json .map
application/ld+json             .jsonld
application/geo+json            .geojson
application/manifest+json       .webmanifest
application/xml                 .xml .xsl
application/rss+xml             .rss
application/atom+xml            .atom
application/xhtml+xml           .xhtml
application/wasm                .wasm
application/pdf                 .pdf
application/zip                 .zip
application/gzip                .gz
application/vnd.ms-fontobject   .eot
font/woff2                      .woff2
font/woff                       .woff
font/ttf                        .ttf
font/otf                        .otf
image/svg+xml                   .svg
image/png                       .png
image/jpeg                      .jpg .jpeg
image/gif                       .gif
image/webp                      .webp
image/avif                      .avif
image/apng                      .apng
image/bmp                       .bmp
image/x-icon                    .ico
audio/mpeg                      .mp3
audio/mp4                       .m4a
audio/ogg                       .ogg .oga .opus
audio/wav                       .wav
audio/flac                      .flac
video/mp4                       .mp4 .m4v
video/webm                      .webm
video/quicktime                 .mov
model/gltf-binary               .glb
model/gltf+json                 .gltf
"""
_LONGEST = 32
_BY_EXTENSION = {
    extension: line[:_LONGEST].strip() for line in _TYPES.strip().splitlines() for extension in line[_LONGEST:].split()
}


def types_of(extensions: Iterable[str]) -> Mapping[str, str]:
    """The types of extensions, such as `.js`; those that are not known have none, and browsers save such a file."""
    return {each: _BY_EXTENSION[each] for each in sorted({*extensions}) if each in _BY_EXTENSION}
