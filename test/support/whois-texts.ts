/** Answers of WHOIS servers as they are laid out, with invented contents. */

export const TRABIS_FULL = `** Domain Name: firma.com.tr
Domain Status: Active
Frozen Status: -
Transfer Status: The domain is LOCKED to transfer.

** Registrant:

Hidden upon user request
Hidden upon user request


** Registrar:
NIC Handle\t\t: orn12
Organization Name\t: ÖRNEK ŞİRKETİ ALAN ADLARI BİLİŞİM SAN. VE TİC. A.Ş.
Address\t\t\t: Iğdır Mahallesi Çınar Sokağı
\t\t\t  No:1/2 Çankaya
\t\t\t  06000 Ankara Türkiye
Phone\t\t\t: 90-312-0000000-
Fax\t\t\t: -


** Domain Servers:
ns1.firma.com.tr 192.0.2.1
ns2.ornek-sunucu.net


** Additional Info:
Created on..............: 2001-Aug-23.
Expires on..............: 2026-Aug-22.


** Whois Server:
Last Update Time: 2026-05-28T16:16:33+03:00

`

/** What the full text says. */
export const TRABIS_FACTS = {
  registrar: 'ÖRNEK ŞİRKETİ ALAN ADLARI BİLİŞİM SAN. VE TİC. A.Ş.',
  createdAt: '2001-08-23T00:00:00Z',
  expiresAt: '2026-08-22T00:00:00Z',
  nameServers: ['ns1.firma.com.tr', 'ns2.ornek-sunucu.net'],
  statuses: ['active', 'transferLocked'],
}

export const VERISIGN = `   Domain Name: FIRMA.COM
   Registry Domain ID: 0000000_DOMAIN_COM-VRSN
   Registrar WHOIS Server: whois.registrar.example
   Registrar URL: http://www.registrar.example
   Updated Date: 2025-08-14T07:01:34Z
   Creation Date: 1995-08-14T04:00:00Z
   Registry Expiry Date: 2027-08-13T04:00:00Z
   Registrar: Example Registrar, Inc.
   Registrar IANA ID: 0
   Domain Status: clientDeleteProhibited https://icann.org/epp#clientDeleteProhibited
   Domain Status: clientTransferProhibited https://icann.org/epp#clientTransferProhibited
   Name Server: A.NS.FIRMA.COM
   Name Server: B.NS.FIRMA.COM
   DNSSEC: unsigned
>>> Last update of whois database: 2026-11-20T00:00:00Z <<<

NOTICE: The expiration date displayed in this record is the date the registrar's sponsorship ends.
TERMS OF USE: You are not authorized to access or query our database through the use of high-volume processes.
`

export const NOMINET = `
    Domain name:
        firma.co.uk

    Data validation:
        Nominet was able to match the registrant's name and address against a 3rd party data source on 10-Dec-2012

    Registrar:
        Example Names Ltd t/a Example [Tag = EXAMPLE]
        URL: https://www.example.co.uk

    Relevant dates:
        Registered on: 14-Feb-1999
        Expiry date:  14-Feb-2027
        Last updated:  10-Jan-2026

    Registration status:
        Registered until expiry date.

    Name servers:
        ns0.firma.co.uk           192.0.2.1
        ns1.firma.co.uk           2001:db8::1

    WHOIS lookup made at 10:00:00 20-Nov-2026
`

export const RU_CENTER = `% TCI Whois Service. Terms of use:
% https://tcinet.ru/documents/whois_ru_rf.pdf (in Russian)

domain:        FIRMA.RU
nserver:       ns1.firma.ru. 192.0.2.1, 2001:db8::1
nserver:       ns2.ornek.net.
state:         REGISTERED, DELEGATED, VERIFIED
org:           LLC "Firma"
registrar:     EXAMPLE-RU
created:       1999-02-03T21:00:00Z
paid-till:     2027-02-28T21:00:00Z
free-date:     2027-04-01
source:        TCI

Last updated on 2026-11-20T00:00:00Z
`

export const JPRS = `[ JPRS database provides information on network administration. ]

Domain Information:
a. [Domain Name]                FIRMA.CO.JP
g. [Organization]               Firma Corporation
p. [Name Server]                ns01.firma.co.jp
p. [Name Server]                ns02.firma.co.jp
[State]                         Connected (2027/03/31)
[Registered Date]               2001/03/22
[Last Update]                   2026/04/01 01:02:03 (JST)
`

export const FI_DOTS = `domain.............: firma.fi
status.............: Registered
created............: 4.10.1995 00:00:00
expires............: 31.8.2027 12:00:00
available..........: 30.9.2027 12:00:00
RegistryLock.......: no

Nameservers

nserver............: ns1.firma.fi [OK]
nserver............: ns2.firma.fi [OK]

Registrar

registrar..........: Example Oy
www................: www.example.fi
`

export const DENIC = `Domain: firma.de
Nserver: ns1.firma.de 192.0.2.1
Nserver: ns2.ornek.net
Status: connect
Changed: 2024-09-09T10:11:12+02:00
`
