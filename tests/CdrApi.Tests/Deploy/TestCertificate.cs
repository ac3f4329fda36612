using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace CdrApi.Tests.Deploy;

/// <summary>A certificate for names on this machine, by a certification authority of the tests' own that only the tests trust.</summary>
internal static class TestCertificate
{
    private static readonly ECDsa CaKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private static readonly ECDsa Key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private static readonly DateTimeOffset From = TimeProvider.System.GetUtcNow().AddMinutes(-5);
    private static readonly X509Certificate2 Ca = CreateCa();
    private static readonly X509Certificate2 Certificate = Create();

    /// <summary>fullchain.pem and privkey.pem, as the server has them, and ca.pem.</summary>
    public static void WriteTo(string directory)
    {
        File.WriteAllText(Path.Combine(directory, "fullchain.pem"), Certificate.ExportCertificatePem() + "\n");
        File.WriteAllText(Path.Combine(directory, "privkey.pem"), Key.ExportPkcs8PrivateKeyPem() + "\n");
        File.WriteAllText(Path.Combine(directory, "ca.pem"), Ca.ExportCertificatePem() + "\n");
    }

    public static bool IsTrusted(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors) =>
        errors == SslPolicyErrors.None || certificate?.GetCertHashString() == Certificate.GetCertHashString();

    private static X509Certificate2 CreateCa()
    {
        var request = new CertificateRequest("CN=CdrApi tests", CaKey, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        return request.CreateSelfSigned(From, From.AddDays(100));
    }

    private static X509Certificate2 Create()
    {
        var request = new CertificateRequest("CN=localhost", Key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1", "server authentication")], critical: false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(Ca, true, false));
        request.CertificateExtensions.Add(CertificateRevocationListBuilder.BuildCrlDistributionPointExtension(["http://crl.example.com/tests.crl"]));
        // As long as those of a public authority, so that scanners find no fault with it.
        return request.Create(Ca.SubjectName, X509SignatureGenerator.CreateForECDsa(CaKey), From, From.AddDays(90), RandomNumberGenerator.GetBytes(16));
    }
}
