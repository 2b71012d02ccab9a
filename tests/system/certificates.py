"""Certificates of an authority of one's own, as PEM, in a folder: NAME.crt with NAME.key."""
import subprocess


def make(folder, host, names=("server", "client"), authority="ca"):
    """Makes the authority and, signed by it, a certificate of each name that is good for the host `host`."""
    def openssl(*words):
        subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)

    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={authority}",
            "-keyout", f"{authority}.key", "-out", f"{authority}.crt")
    (folder / "names").write_text(f"subjectAltName=DNS:{host}")
    for name in names:
        openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={name}", "-keyout", f"{name}.key", "-out", "request")
        openssl("x509", "-req", "-in", "request", "-CA", f"{authority}.crt", "-CAkey", f"{authority}.key",
                "-CAcreateserial", "-days", "2", "-extfile", "names", "-out", f"{name}.crt")
    for path in folder.iterdir():
        path.chmod(0o644)
