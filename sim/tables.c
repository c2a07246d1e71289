#include "tables.h"

#include "base/ip.h"
#include "base/slice.h"
#include "base/time.h"
#include "rng.h"

/*
 * The names are common ones, put together at random.  No family name is in
 * two lists, so that a full name says its country and is unique.
 */
const struct name_list name_lists[NET_HOMES] = {
    [NET_NO] = {"Ingrid Lars Kari Ola Solveig Håkon Marit Øystein Astrid "
                "Sindre Gunnhild Torbjørn Hanne Magnus Ragnhild Eirik",
        "Halvorsen Bakke Solberg Moen Lien Strand Haugen Nygård Eide Dahl "
        "Sæther Hagen Myhre Tveit Aasen Brekke"},
    [NET_SE] = {"Elin Johan Maja Gustav Linnea Oskar Ebba Nils Alva Axel "
                "Sara Björn Saga Anders Åsa Viktor",
        "Lindqvist Bergström Sandberg Nyström Ekholm Wallin Forsberg "
        "Hedlund Sjöberg Blom Dahlgren Åkerman Norling Lundin Westman "
        "Öberg"},
    [NET_DE] = {"Anna Lukas Katharina Jürgen Sabine Felix Claudia Matthias "
                "Birgit Jonas Heike Tobias Ute Stefan Miriam Paul",
        "Schneider Vogel Krüger Lehmann Zimmermann Brandt Hofmann Schäfer "
        "Keller Engel Busch Winkler Lorenz Böhm Otto Seidel"},
    [NET_GB] = {"Olivia Harry Charlotte George Sophie James Emily Oliver "
                "Grace William Poppy Thomas Freya Edward Lucy Daniel",
        "Ashworth Bennett Carter Davies Ellis Fletcher Graham Hughes "
        "Jenkins Kirby Lambert Murray Norris Palmer Shaw Whitfield"},
    [NET_US] = {"Emma Liam Ava Noah Mia Ethan Harper Mason Abigail Logan "
                "Madison Jacob Chloe Tyler Zoe Caleb",
        "Anderson Brooks Coleman Dawson Everett Foster Grant Hayes Irving "
        "Jefferson Kendrick Lawson Mitchell Newman Parker Reynolds"},
    [NET_CA] = {"Claire Ryan Megan Nathan Isabelle Connor Hannah Owen "
                "Juliette Evan Paige Wyatt Nora Dylan Leah Gavin",
        "Tremblay Gagnon Bouchard Pelletier Fraser Campbell MacLeod "
        "Sinclair Beaulieu Kowalchuk Drummond Thibault Lavoie Mackenzie "
        "Desjardins Hutchison"},
    [NET_FR] = {"Camille Hugo Léa Lucas Manon Théo Chloé Julien Élodie "
                "Antoine Margaux Baptiste Inès Romain Céline Étienne",
        "Lefebvre Moreau Girard Bonnet Dupont Rousseau Fontaine Chevalier "
        "Garnier Faure Renaud Mercier Blanchard Perrin Aubert Colin"},
    [NET_ES] = {"Lucía Javier Carmen Alejandro Marta Pablo Elena Sergio "
                "Pilar Álvaro Nuria Diego Rocío Iker Teresa Raúl",
        "Navarro Romero Iglesias Vidal Ortega Molina Castaño Serrano "
        "Domínguez Prieto Herrera Núñez Cabrera Lozano Ibáñez Campos"},
    [NET_IT] = {"Giulia Marco Francesca Luca Chiara Alessandro Martina "
                "Davide Elisa Matteo Valentina Simone Ilaria Andrea Silvia "
                "Nicola",
        "Rossi Ferrari Bianchi Colombo Ricci Marino Greco Conti Gallo "
        "Mancini Lombardi Moretti Barbieri Fontana Rinaldi Caruso"},
    [NET_PL] = {"Zofia Jakub Agnieszka Piotr Małgorzata Krzysztof Joanna "
                "Tomasz Katarzyna Michał Ewa Paweł Magdalena Wojciech "
                "Barbara Grzegorz",
        "Nowak Kowalski Wiśniewski Zieliński Wójcik Kamiński Mazur "
        "Krawczyk Piotrowski Grabowski Pawlak Michalski Król Wieczorek "
        "Jabłoński Wróbel"},
    [NET_IN] = {"Priya Arjun Ananya Rahul Kavya Vikram Meera Sanjay Divya "
                "Rohan Neha Aditya Lakshmi Karthik Pooja Nikhil",
        "Sharma Patel Iyer Reddy Nair Gupta Menon Chatterjee Desai Joshi "
        "Kulkarni Banerjee Rao Verma Bhat Pillai"},
    [NET_JP] = {"Yuki Haruto Sakura Ren Aoi Takumi Hina Sota Mio Kenji "
                "Akari Daiki Nanami Shota Emi Ryo",
        "Sato Suzuki Takahashi Tanaka Watanabe Yamamoto Nakamura Kobayashi "
        "Kato Yoshida Yamada Sasaki Matsumoto Inoue Kimura Hayashi"},
    [NET_BR] = {"Beatriz Gabriel Larissa Rafael Juliana Thiago Camila João "
                "Fernanda Bruno Letícia Felipe Mariana Gustavo Renata Vinícius",
        "Oliveira Souza Pereira Carvalho Almeida Ribeiro Barbosa Araújo "
        "Teixeira Cardoso Moreira Correia Nogueira Pinto Azevedo Batista"},
    [NET_AU] = {"Ruby Jack Matilda Cooper Isla Lachlan Georgia Angus Piper "
                "Flynn Sienna Hamish Tegan Bailey Imogen Declan",
        "Abbott Bowden Callaghan Doyle Farrell Gibbons Hartley Jarvis "
        "Kearney Maddox Nolan Quinlan Riordan Sheridan Tully Wentworth"},
};

const unsigned char home_of[32] = {
    NET_NO,
    NET_SE,
    NET_DE,
    NET_NO,
    NET_GB,
    NET_US,
    NET_NO,
    NET_FR,
    NET_NO,
    NET_PL,
    NET_DE,
    NET_IN,
    NET_US,
    NET_NO,
    NET_ES,
    NET_SE,
    NET_GB,
    NET_NO,
    NET_CA,
    NET_DE,
    NET_US,
    NET_IT,
    NET_NO,
    NET_JP,
    NET_IN,
    NET_SE,
    NET_BR,
    NET_NO,
    NET_GB,
    NET_AU,
    NET_US,
    NET_DE,
};

/*
 * Blocks that large providers of each country have held for long, so that a
 * look-up of the country gives what the records say.
 */
const struct net nets[NET_COUNT] = {
    [NET_NO] = {"NO", "Oslo", "Oslo", "59.91", "10.75", "84.208.0.0", 13, 41164,
        2, "Europe/Oslo"},
    [NET_SE] = {"SE", "Stockholm", "Stockholms Lan", "59.33", "18.07",
        "81.224.0.0", 12, 3301, 2, "Europe/Stockholm"},
    [NET_DE] = {"DE", "Hamburg", "Hamburg", "53.55", "9.99", "87.128.0.0", 10,
        3320, 2, "Europe/Berlin"},
    [NET_GB] = {"GB", "London", "England", "51.51", "-0.13", "86.128.0.0", 10,
        2856, 1, "Europe/London"},
    [NET_US] = {"US", "Denver", "Colorado", "39.74", "-104.99", "73.0.0.0", 8,
        7922, -6, "America/Denver"},
    [NET_CA] = {"CA", "Toronto", "Ontario", "43.65", "-79.38", "99.224.0.0", 11,
        812, -4, "America/Toronto"},
    [NET_FR] = {"FR", "Lyon", "Rhone", "45.76", "4.84", "90.0.0.0", 9, 3215, 2,
        "Europe/Paris"},
    [NET_ES] = {"ES", "Madrid", "Madrid", "40.42", "-3.70", "88.0.0.0", 11,
        3352, 2, "Europe/Madrid"},
    [NET_IT] = {"IT", "Milano", "Milano", "45.46", "9.19", "79.0.0.0", 10, 3269,
        2, "Europe/Rome"},
    [NET_PL] = {"PL", "Warszawa", "Mazowieckie", "52.23", "21.01", "83.0.0.0",
        11, 5617, 2, "Europe/Warsaw"},
    [NET_IN] = {"IN", "Hyderabad", "Telangana", "17.38", "78.49", "122.160.0.0",
        12, 24560, 5, "Asia/Kolkata"},
    [NET_JP] = {"JP", "Tokyo", "Tokyo", "35.68", "139.69", "153.128.0.0", 9,
        4713, 9, "Asia/Tokyo"},
    [NET_BR] = {"BR", "Sao Paulo", "Sao Paulo", "-23.55", "-46.63",
        "177.32.0.0", 14, 28573, -3, "America/Sao_Paulo"},
    [NET_AU] = {"AU", "Melbourne", "Victoria", "-37.81", "144.96",
        "101.160.0.0", 11, 1221, 11, "Australia/Melbourne"},
    [NET_NL] = {"NL", "Amsterdam", "Noord-Holland", "52.37", "4.90",
        "86.80.0.0", 12, 1136, 2, "Europe/Amsterdam"},
    [NET_CH] = {"CH", "Zurich", "Zurich", "47.37", "8.54", "85.0.0.0", 13, 3303,
        2, "Europe/Zurich"},
    [NET_PT] = {"PT", "Lisboa", "Lisboa", "38.72", "-9.14", "85.240.0.0", 13,
        3243, 1, "Europe/Lisbon"},
    [NET_AE] = {"AE", "Dubai", "Dubayy", "25.20", "55.27", "94.200.0.0", 14,
        15802, 4, "Asia/Dubai"},
    [NET_SERVICE_EU] = {"NL", "Amsterdam", "Noord-Holland", "52.37", "4.90",
        "52.108.0.0", 14, 8075, 2, "Europe/Amsterdam"},
    [NET_CLOUD_EU] = {"IE", "Dublin", "Dublin", "53.35", "-6.26", "54.72.0.0",
        14, 16509, 1, "Europe/Dublin"},
    [NET_HOSTING_US] = {"US", "North Bergen", "New Jersey", "40.80", "-74.01",
        "167.99.0.0", 16, 14061, -4, "America/New_York"},
    [NET_HOSTING_DE] = {"DE", "Falkenstein", "Sachsen", "50.48", "12.37",
        "5.9.0.0", 16, 24940, 2, "Europe/Berlin"},
    [NET_HOSTING_FR] = {"FR", "Roubaix", "Nord", "50.69", "3.17", "51.68.0.0",
        16, 16276, 2, "Europe/Paris"},
    [NET_RESIDENTIAL_US] = {"US", "Houston", "Texas", "29.76", "-95.37",
        "98.192.0.0", 10, 7922, -5, "America/Chicago"},
    [NET_RESIDENTIAL_RO] = {"RO", "Bucuresti", "Bucuresti", "44.43", "26.10",
        "86.120.0.0", 13, 8708, 3, "Europe/Bucharest"},
    [NET_RESIDENTIAL_VN] = {"VN", "Ha Noi", "Ha Noi", "21.03", "105.85",
        "14.160.0.0", 11, 45899, 7, "Asia/Ho_Chi_Minh"},
    [NET_NG] = {"NG", "Lagos", "Lagos", "6.52", "3.38", "105.112.0.0", 12,
        36873, 1, "Africa/Lagos"},
    [NET_RU] = {"RU", "Moskva", "Moskva", "55.75", "37.62", "95.24.0.0", 13,
        8402, 3, "Europe/Moscow"},
    [NET_CN] = {"CN", "Shanghai", "Shanghai", "31.23", "121.47", "223.64.0.0",
        11, 9808, 8, "Asia/Shanghai"},
    [NET_TR] = {"TR", "Istanbul", "Istanbul", "41.01", "28.98", "78.160.0.0",
        11, 9121, 3, "Europe/Istanbul"},
};

#define WINDOWS "Mozilla/5.0 (Windows NT 10.0; Win64; x64) "
#define MAC     "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) "
#define WEBKIT  "AppleWebKit/537.36 (KHTML, like Gecko) "
#define CHROME  "Chrome/141.0.0.0 Safari/537.36"

const struct browser browsers[BROWSER_COUNT] = {
    [BROWSER_EDGE] = {WINDOWS WEBKIT CHROME " Edg/141.0.0.0", "Windows 11",
        "Edge", "Edge 141.0.0", false},
    [BROWSER_CHROME_WINDOWS] = {WINDOWS WEBKIT CHROME, "Windows 11", "Chrome",
        "Chrome 141.0.0", false},
    [BROWSER_FIREFOX_WINDOWS] = {"Mozilla/5.0 (Windows NT 10.0; Win64; x64; "
                                 "rv:143.0) Gecko/20100101 Firefox/143.0",
        "Windows 11", "Firefox", "Firefox 143.0", false},
    [BROWSER_CHROME_MAC] = {MAC WEBKIT CHROME, "MacOs", "Chrome",
        "Chrome 141.0.0", false},
    [BROWSER_SAFARI_MAC] = {MAC "AppleWebKit/605.1.15 (KHTML, like Gecko) "
                                "Version/18.6 Safari/605.1.15",
        "MacOs", "Safari", "Safari 18.6", false},
    [BROWSER_IPHONE] = {"Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS "
                        "X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
                        "Version/18.6 Mobile/15E148 Safari/604.1",
        "Ios 18.6", "Safari", "Mobile Safari 18.6", true},
    [BROWSER_ANDROID] = {"Mozilla/5.0 (Linux; Android 15; Pixel 9) " WEBKIT
                         "Chrome/141.0.0.0 Mobile Safari/537.36",
        "Android 15", "Chrome", "Chrome Mobile 141.0.0", true},
    [BROWSER_LINUX] = {"Mozilla/5.0 (X11; Linux x86_64) " WEBKIT CHROME,
        "Linux", "Chrome", "Chrome 141.0.0", false},
    [BROWSER_AXIOS] = {"axios/1.7.9", "", "Other", "", false},
    [BROWSER_PYTHON] = {"python-requests/2.32.3", "", "Python Requests",
        "Python Requests 2.32", false},
};

const char *const department_names[DEPT_COUNT] = {
    [DEPT_FINANCE] = "Finance",
    [DEPT_SALES] = "Sales",
    [DEPT_ENGINEERING] = "Engineering",
    [DEPT_HR] = "HR",
    [DEPT_LEGAL] = "Legal",
    [DEPT_OPERATIONS] = "Operations",
    [DEPT_MARKETING] = "Marketing",
    [DEPT_EXECUTIVE] = "Executive",
    [DEPT_IT] = "IT",
};

/*
 * Public holidays of a fixed date, MMDD, apart by blanks; those that move with
 * Easter, the moon or the weekday are not there.
 */
static const char *const holidays[NET_HOMES] = {
    [NET_NO] = "0101 0501 0517 1225 1226",
    [NET_SE] = "0101 0106 0501 0606 1225 1226",
    [NET_DE] = "0101 0501 1003 1031 1225 1226",
    [NET_GB] = "0101 1225 1226",
    [NET_US] = "0101 0619 0704 1111 1225",
    [NET_CA] = "0101 0701 1225 1226",
    [NET_FR] = "0101 0501 0508 0714 0815 1101 1111 1225",
    [NET_ES] = "0101 0106 0501 0815 1012 1101 1206 1208 1225",
    [NET_IT] = "0101 0106 0425 0501 0602 0815 1101 1208 1225 1226",
    [NET_PL] = "0101 0106 0501 0503 0815 1101 1111 1224 1225 1226",
    [NET_IN] = "0126 0815 1002",
    [NET_JP] = "0101 0211 0223 0429 0503 0504 0505 0811 1103 1123",
    [NET_BR] = "0101 0421 0501 0907 1012 1102 1115 1120 1225",
    [NET_AU] = "0101 0126 0425 1225 1226",
};

bool
net_is_holiday(enum net_id net, int64_t day)
{
	struct time_civil t = time_civil(day * 86400 * 1000000);
	struct slice rest;
	uint64_t date;

	if (net >= NET_HOMES)
		return false;
	rest = slice_cstr(holidays[net]);
	while (rest.len > 0)
		if (slice_to_u64(slice_cut(&rest, ' '), &date) &&
		    date == (uint64_t)t.month * 100 + (uint64_t)t.day)
			return true;
	return false;
}

void
net_address(char out[16], enum net_id net, uint64_t which)
{
	struct ip ip;
	uint32_t base, host = (uint32_t)(rng_mix(which, net) >> 32);

	ip_parse(slice_cstr(nets[net].base), &ip);
	base = (uint32_t)ip.bytes[12] << 24 | (uint32_t)ip.bytes[13] << 16 |
	       (uint32_t)ip.bytes[14] << 8 | ip.bytes[15];
	host &= UINT32_MAX >> nets[net].bits;
	/* .0 and .255 look like mistakes */
	text_ipv4(out, base | (host & ~255u) | (1 + host % 254));
}
