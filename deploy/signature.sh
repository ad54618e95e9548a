# Sourced by deploy/install and deploy/release, which also source deploy/python.sh: whether a file is
# signed by one of ours. Plain sh. Source: ssh-keygen(1), "ALLOWED SIGNERS".

signer=bellgate

# check_signature FILE SIGNERS NAMESPACE NAME: whether it is whole, and signed in FILE.sig by a key that
# SIGNERS names for that; otherwise says what is wrong with NAME, in one line.
check_signature() {
    if [ ! -f "$1.sig" ]; then
        say "there is no signature $4.sig: put it beside the archive"
        return 1
    fi
    if ! ssh-keygen -Y verify -f "$2" -I "$signer" -n "$3" -s "$1.sig" < "$1" > /dev/null 2>&1; then
        say "$4 is not what was signed, or not by one of the keys that are known here: not used"
        return 1
    fi
}
