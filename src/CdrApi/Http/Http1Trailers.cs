using System.Globalization;
using System.IO.Pipelines;
using System.Text;
using Microsoft.AspNetCore.Http.Features;

namespace CdrApi.Http;

/// <summary>
/// Trailers for HTTP/1.1, which Kestrel sends over HTTP/2 only. The body of an answer that declares trailers is
/// chunked here, and they follow its last chunk. An answer that sets none of them has failed: it gets no last chunk.
/// </summary>
internal static class Http1Trailers
{
    public static void UseHttp1Trailers(this IApplicationBuilder app) => app.Use(async (http, next) =>
    {
        if (!HttpProtocol.IsHttp11(http.Request.Protocol) || http.Response.SupportsTrailers())
        {
            await next(http);
            return;
        }

        var inner = http.Features.GetRequiredFeature<IHttpResponseBodyFeature>();
        var body = new Body(inner, http.Response);
        http.Features.Set<IHttpResponseBodyFeature>(body);
        http.Features.Set<IHttpResponseTrailersFeature>(body);
        await next(http);
        await body.EndAsync();
    });

    private sealed class Body(IHttpResponseBodyFeature inner, HttpResponse response) : Stream, IHttpResponseBodyFeature, IHttpResponseTrailersFeature
    {
        private PipeWriter? _chunks;
        private IHeaderDictionary? _trailers;
        private bool _isChunked;
        private bool _isStarted;
        private bool _holdsForTheEnd;

        public IHeaderDictionary Trailers
        {
            get => _trailers ??= new HeaderDictionary();
            set => _trailers = value;
        }

        public Stream Stream => this;

        /// <summary>Kestrel's own, where nothing is to be framed.</summary>
        public PipeWriter Writer
        {
            get
            {
                Start();
                return _isChunked ? _chunks ??= PipeWriter.Create(this, new StreamPipeWriterOptions(leaveOpen: true)) : inner.Writer;
            }
        }

        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Start();
            if (buffer.IsEmpty)
            {
                return;
            }

            if (_isChunked)
            {
                // The size, at most eight digits, with its line end.
                buffer.Length.TryFormat(inner.Writer.GetSpan(10), out var digits, "x", CultureInfo.InvariantCulture);
                inner.Writer.Advance(digits);
                Write("\r\n"u8);
            }

            Write(buffer.Span);
            if (_isChunked)
            {
                Write("\r\n"u8);
            }

            if (!_holdsForTheEnd)
            {
                await inner.Writer.FlushAsync(cancellationToken);
            }
        }

        public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        /// <summary>
        /// What is left goes out together with the end of the body: an instance that is killed has sent a page whole or not at all.
        /// </summary>
        public async Task EndAsync()
        {
            _holdsForTheEnd = true;
            if (_chunks is not null)
            {
                await _chunks.FlushAsync();
            }

            if (_trailers is not { Count: > 0 } || HttpMethods.IsHead(response.HttpContext.Request.Method))
            {
                return;
            }

            Start();
            var end = new StringBuilder("0\r\n");
            foreach (var (name, value) in _trailers)
            {
                end.Append(CultureInfo.InvariantCulture, $"{name}: {value}\r\n");
            }

            Write(Encoding.ASCII.GetBytes(end.Append("\r\n").ToString()));
            await inner.Writer.FlushAsync();
        }

        public Task StartAsync(CancellationToken cancellationToken = default)
        {
            Start();
            return inner.StartAsync(cancellationToken);
        }

        public Task SendFileAsync(string path, long offset, long? count, CancellationToken cancellationToken = default) =>
            SendFileFallback.SendFileAsync(this, path, offset, count, cancellationToken);

        public Task CompleteAsync() => _chunks is null ? inner.CompleteAsync() : _chunks.FlushAsync().AsTask();

        public void DisableBuffering() => inner.DisableBuffering();

        public override async Task FlushAsync(CancellationToken cancellationToken)
        {
            Start();
            if (!_holdsForTheEnd)
            {
                await inner.Writer.FlushAsync(cancellationToken);
            }
        }

        public override void Flush() => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        // Kestrel leaves the framing to whoever sets Transfer-Encoding.
        private void Start()
        {
            if (_isStarted)
            {
                return;
            }

            _isStarted = true;
            _isChunked = response.Headers.Trailer.Count > 0 && !response.HasStarted;
            if (_isChunked)
            {
                response.Headers.TransferEncoding = "chunked";
            }
        }

        private new void Write(ReadOnlySpan<byte> bytes)
        {
            bytes.CopyTo(inner.Writer.GetSpan(bytes.Length));
            inner.Writer.Advance(bytes.Length);
        }
    }
}
