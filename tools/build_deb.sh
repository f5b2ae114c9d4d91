#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Builds behalfid_VERSION_ARCH.deb in the folder BUILD/deb, from what `make install` installs. Called by `make deb`.
set -eu
umask 022

build=$1
root=$(cd "$(dirname "$0")/.." && pwd)
packaging=$root/packaging/debian
out=$build/deb
stage=$out/stage
rm -rf "$out"
mkdir -p "$stage/DEBIAN" "$out/debian"
stage=$(cd "$stage" && pwd)

version=$("$build/behalf" -V)
arch=$(dpkg --print-architecture)

make -s -C "$root" install-files BUILD="$(cd "$build" && pwd)" DESTDIR="$stage" PREFIX=/usr SYSCONFDIR=/etc \
    UNITDIR=/lib/systemd/system ZSHDIR=/usr/share/zsh/vendor-completions
strip --strip-unneeded --remove-section=.comment --remove-section=.note "$stage/usr/bin/behalf"
gzip -9nf "$stage/usr/share/man/man1/behalf.1"

doc=$stage/usr/share/doc/behalfid
cp "$packaging/copyright" "$doc/copyright"
rm -f "$doc/LICENSE"
# What has changed stands in CHANGELOG.md, which is installed; Debian wants a file of its own form besides.
when=${SOURCE_DATE_EPOCH:-$(git -C "$root" log -1 --format=%ct 2>/dev/null || date +%s)}
{
    printf 'behalfid (%s) unstable; urgency=medium\n\n  * See CHANGELOG.md.\n\n' "$version"
    printf ' -- %s  %s\n' "$(sed -n 's/^Maintainer: //p' "$packaging/control")" "$(date -u -R -d "@$when")"
} | gzip -9n > "$doc/changelog.gz"
install -D -m 644 "$packaging/lintian-overrides" "$stage/usr/share/lintian/overrides/behalfid"

# The libraries that it was linked with; the one that it loads at first use is named by its package.
printf 'Source: behalfid\n\nPackage: behalfid\nArchitecture: any\n' > "$out/debian/control"
depends=$(cd "$out" && dpkg-shlibdeps -O "$stage/usr/bin/behalf" | sed -n 's/^shlibs:Depends=//p')
late=$(python3 "$root/tools/soname.py" cc xml2)
late_package=$(dpkg-query -S "*/$late" | head -n 1 | cut -d : -f 1)

sed -e "s|@VERSION@|$version|" -e "s|@ARCH@|$arch|" -e "s|@DEPENDS@|$depends, $late_package|" \
    -e "s|@SIZE@|$(du -ks --exclude=DEBIAN "$stage" | cut -f 1)|" "$packaging/control" > "$stage/DEBIAN/control"
for script in postinst prerm postrm; do
    install -m 755 "$packaging/$script" "$stage/DEBIAN/$script"
done
echo /etc/behalfid/behalfid.env > "$stage/DEBIAN/conffiles"
chmod 600 "$stage/etc/behalfid/behalfid.env"
(cd "$stage" && find usr lib -type f -print0 | sort -z | xargs -0 md5sum > DEBIAN/md5sums)

dpkg-deb --root-owner-group --build "$stage" "$out/behalfid_${version}_$arch.deb"
