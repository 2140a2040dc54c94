"""A real coturn: STUN that tells about NATs (RFC 5780), and TURN over UDP, TCP and TLS."""
import datetime
import ipaddress

from lab_service import Service

STUN_PORT, OTHER_STUN_PORT = 3478, 3479
TLS_PORT, OTHER_TLS_PORT = 443, 444  # plain TCP is understood there as well
USER, PASSWORD, REALM = "lab", "secret", "lab"
NAME = "turn.lab"

TURNSERVER = """\
listening-port={stun_port}
alt-listening-port={other_stun_port}
tls-listening-port={tls_port}
alt-tls-listening-port={other_tls_port}
min-port=50000
max-port=50999
fingerprint
lt-cred-mech
realm={realm}
user={user}:{password}
no-multicast-peers
no-cli
relay-threads=1
cert={folder}/certificate.pem
pkey={folder}/key.pem
userdb={folder}/users
pidfile={folder}/pid
log-file=stdout
simple-log
"""


def write_certificate(folder, addresses):
    """One that signs itself, for the name and the addresses of the server."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, NAME)])
    now, day = datetime.datetime.utcnow(), datetime.timedelta(days=1)
    names = [x509.DNSName(NAME)]
    names += [x509.IPAddress(ipaddress.ip_address(address)) for address in addresses]
    certificate = (x509.CertificateBuilder().subject_name(name).issuer_name(name)
                   .public_key(key.public_key()).serial_number(x509.random_serial_number())
                   .not_valid_before(now - day).not_valid_after(now + 30 * day)
                   .add_extension(x509.SubjectAlternativeName(names), critical=False)
                   .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
                   .sign(key, hashes.SHA256()))
    (folder / "certificate.pem").write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption()))


class StunServer:
    """On a host with two addresses; relays from the first."""

    def __init__(self, host, folder):
        self.host, self.folder = host, folder
        self.address, self.other_address = host.leg.addresses
        folder.mkdir()
        write_certificate(folder, host.leg.addresses)
        self.certificate = folder / "certificate.pem"
        conf = TURNSERVER.format(
            stun_port=STUN_PORT, other_stun_port=OTHER_STUN_PORT, tls_port=TLS_PORT,
            other_tls_port=OTHER_TLS_PORT, realm=REALM, user=USER, password=PASSWORD,
            folder=folder)
        conf += "".join(f"listening-ip={address}\n" for address in host.leg.addresses)
        (folder / "conf").write_text(f"{conf}relay-ip={self.address}\n")
        self.start()

    def start(self):
        self._service = Service(
            self.host, ["turnserver", "-c", self.folder / "conf"], self.folder / "log",
            [(protocol, port) for protocol in ("udp", "tcp")
             for port in (STUN_PORT, OTHER_STUN_PORT)] + [("tcp", TLS_PORT)])

    def stop(self):
        self._service.stop()
